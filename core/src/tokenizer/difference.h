#pragma once

#include <string>

#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// Where two tokenizers give a text other token ids, or an id another text, as a sentence without
/// its end: "token 26 is ' reverse' there and ' regular' here"; "" where they are the same. A
/// nullptr is no tokenizer: ids then stand for no text, which is the same for both or for neither.
std::string difference_between(const Tokenizer* there, const Tokenizer* here);

}  // namespace leakprobe
