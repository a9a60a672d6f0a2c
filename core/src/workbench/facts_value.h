#pragma once

#include <any>

#include "leakprobe/kind.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// A kind's Facts as a plain value for people and programs; an empty map for kinds without any.
Value facts_value(Kind kind, const std::any& facts);

}  // namespace leakprobe
