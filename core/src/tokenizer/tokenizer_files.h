#pragma once

#include <string>
#include <utility>
#include <vector>

namespace leakprobe {

/// {name, content} of the files that carry a tokenizer.
using NamedFiles = std::vector<std::pair<std::string, std::string>>;

/// The files with a tokenizer_config.json, unless they have one: without it transformers chooses
/// the tokenizer by the model's architecture instead of reading tokenizer.json as it is.
NamedFiles with_tokenizer_config(NamedFiles files);

}  // namespace leakprobe
