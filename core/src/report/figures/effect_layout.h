#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/figures/report_value.h"

namespace leakprobe {

/// How the groups of a report are laid out: one axis along a panel, the others as panels.
struct EffectLayout {
  ReportAxis along;
  std::vector<ReportAxis> others;
  bool numeric = false;             ///< every case of `along` is a number, and there are several
  std::vector<std::string> panels;  ///< those that occur, in order; empty = a single one

  /// Of a panel, in pixels.
  int width() const;
  /// "prefix and freezing"
  std::string names() const;
  /// The panel that a group belongs to.
  std::string panel_of(const Value& group) const;
};

/// The layouts that show a report's groups: one an axis of numbers; where there is none, one with
/// the last axis along the panels; where those would be too many panels, every group by its label.
std::vector<EffectLayout> effect_layouts(const Value& report);

/// The numbers on an axis whose cases are numbers.
struct AxisRange {
  explicit AxisRange(const ReportAxis& axis);
  std::vector<double> numbers;
  double low = 0, high = 0;
  bool is_log = false;  ///< they spread over more than a decade
};

}  // namespace leakprobe
