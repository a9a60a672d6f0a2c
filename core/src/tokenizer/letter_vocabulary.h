#pragma once

#include <memory>
#include <string>
#include <vector>

#include "format/json.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// The vocabulary of models trained from scratch: " a" to " z" are 0 to 25, then come the `extra`
/// tokens in order. At each position of a text the longest token is taken; a text that cannot be
/// divided so is an Error that names the byte.
///
/// Throws Error where an extra token is empty, not UTF-8, or in the vocabulary already.
std::shared_ptr<const Tokenizer> make_letter_vocabulary(std::vector<std::string> extra);

/// The same from the tokenizer.json that its files() give.
/// Throws Error for a tokenizer.json with a WordLevel model that is no letter vocabulary.
std::shared_ptr<const Tokenizer> read_letter_vocabulary(const JsonValue& tokenizer);

}  // namespace leakprobe
