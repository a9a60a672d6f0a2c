#pragma once

#include <cstdint>

#include "leakprobe/value.h"

namespace leakprobe {

/// Of the lines of a run's growing files: their key `v`.
inline constexpr int64_t kLineVersion = 1;

/// Throws Error that names file and path where a line is of another version.
inline void require_line_version(const Value& line) {
  if (line.integer("v") != kLineVersion) line.fail("v", "this version is not known");
}

}  // namespace leakprobe
