#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// The text of ids that a model chose. Its vocabulary may be larger than the tokenizer's, as where
/// it was rounded up: an id that is no token's becomes U+FFFD.
std::string readable(const Tokenizer& tokenizer, const std::vector<int64_t>& ids);

}  // namespace leakprobe
