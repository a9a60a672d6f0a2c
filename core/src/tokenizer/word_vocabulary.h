#pragma once

#include <memory>
#include <string>
#include <vector>

#include "format/json.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// The vocabulary of models trained from scratch: `tokens` in the order of their ids. At each
/// position of a text the longest token is taken; a text that cannot be divided so is an Error that
/// names the byte.
///
/// Throws Error where there is no token, or one is empty, not UTF-8, or there twice.
std::shared_ptr<const Tokenizer> make_word_vocabulary(std::vector<std::string> tokens);

/// The same from the tokenizer.json that its files() give.
/// Throws Error for a tokenizer.json with a WordLevel model that is no such vocabulary.
std::shared_ptr<const Tokenizer> read_word_vocabulary(const JsonValue& tokenizer);

}  // namespace leakprobe
