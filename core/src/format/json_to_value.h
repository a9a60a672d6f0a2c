#pragma once

#include "format/json.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// A JSON document as a plain value, without places. Throws Error for an integer beyond int64.
Value to_value(const JsonValue& json);

}  // namespace leakprobe
