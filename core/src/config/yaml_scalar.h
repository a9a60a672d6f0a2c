#pragma once

#include <optional>
#include <string>

#include "leakprobe/value.h"

namespace leakprobe {

/// What the plain (unquoted) scalar `text` stands for: `true` and `false`; decimal integers without
/// leading zeros; decimal numbers with a point or an exponent; everything else is text, such as
/// yes, 010, 0x10, 1_000 and .nan. Nothing where a number does not fit: `problem` then says why.
std::optional<Value> plain_scalar(const std::string& text, std::string& problem);

}  // namespace leakprobe
