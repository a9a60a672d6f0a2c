#pragma once

#include <vector>

#include "leakprobe/probe.h"

namespace leakprobe {

/// The rows of all cells in their order, so that they go to the model in one call.
inline std::vector<const Row*> all_rows(const std::vector<ProbeCell>& cells) {
  std::vector<const Row*> rows;
  for (const ProbeCell& cell : cells) {
    for (const Row& row : cell.rows) rows.push_back(&row);
  }
  return rows;
}

}  // namespace leakprobe
