#pragma once

#include <cstdint>

namespace leakprobe {

/// One row of a group of rows with beginnings in common: its first `first` positions are those of
/// the row before it, the others lie one after the other from node `node` on.
struct RowPath {
  int64_t first = 0;
  int64_t length = 0;
  int64_t node = 0;
};

}  // namespace leakprobe
