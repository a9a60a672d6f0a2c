#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/json.h"

/// Pieces of figures over the steps of a whole run.
namespace leakprobe {

inline constexpr int kCurvesWidth = 800;  ///< of a panel, in pixels

/// Filters for what a layer draws.
using Filters = std::vector<OrderedJson>;

OrderedJson filtered_layer(OrderedJson mark, OrderedJson encoding, const Filters& filters);

/// Keeps the rows that have a value in a column.
OrderedJson has_value(const std::string& field, const std::string& value);

/// Where a phase begins, and what is written there.
struct PhaseMark {
  int64_t start = 0;
  std::string text;
};
/// Their names above a panel of `total` steps that the parameter `zoom` moves, in as many lines as
/// it takes to keep them apart.
void add_phases(OrderedJson& layers, const std::vector<PhaseMark>& phases, int64_t total,
                const std::string& zoom);

}  // namespace leakprobe
