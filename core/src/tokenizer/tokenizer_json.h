#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// The tokenizer that the text of a tokenizer.json describes: byte-level BPE, or a letter
/// vocabulary (word_vocabulary.h). `source` begins every error; `companions` are further files
/// that a checkpoint carries with it.
///
/// Throws Error, naming the field, for what is malformed or not supported. "truncation" and
/// "padding" are settings of a call, which have no effect here.
std::shared_ptr<const Tokenizer> make_tokenizer_from_json(
    std::string text, const std::string& source,
    std::vector<std::pair<std::string, std::string>> companions = {});

}  // namespace leakprobe
