#pragma once

#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// [{name, type, required, default, range, unit, doc, words: {word: doc}, parameters}]; `defaults`
/// holds the value of each.
Value parameters_value(const std::vector<Field>& fields, const Value& defaults);

}  // namespace leakprobe
