#include "report/figures/effect_layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace leakprobe {
namespace {

/// Beyond it panels are unreadable.
constexpr size_t kMostPanels = 12;

std::optional<double> as_number(std::string_view text) {
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

bool is_numeric(const ReportAxis& axis) {
  return axis.cases.size() > 1 &&
         std::all_of(axis.cases.begin(), axis.cases.end(),
                     [](const std::string& name) { return as_number(name).has_value(); });
}

/// Nothing where that would be too many panels.
std::optional<EffectLayout> lay_out(const Value& report, const std::vector<ReportAxis>& axes,
                                    size_t along) {
  EffectLayout layout;
  layout.along = axes[along];
  layout.numeric = is_numeric(axes[along]);
  for (size_t a = 0; a < axes.size(); ++a) {
    if (a != along) layout.others.push_back(axes[a]);
  }
  if (layout.others.empty()) return layout;
  for (const Value& group : report.find_items("groups")) {
    const std::string panel = layout.panel_of(group);
    auto& panels = layout.panels;
    if (std::find(panels.begin(), panels.end(), panel) == panels.end()) panels.push_back(panel);
  }
  if (layout.panels.size() > kMostPanels) return std::nullopt;
  // In the order of the axes' cases, whichever group came first.
  const auto order_of = [&](const std::string& panel) {
    std::vector<size_t> order;
    const auto of_panel = [&](const Value& group) { return layout.panel_of(group) == panel; };
    const Value::List& groups = report.find_items("groups");
    const Value& group = *std::find_if(groups.begin(), groups.end(), of_panel);
    for (const ReportAxis& axis : layout.others) {
      const auto at = std::find(axis.cases.begin(), axis.cases.end(), case_of(group, axis));
      order.push_back(static_cast<size_t>(at - axis.cases.begin()));
    }
    return order;
  };
  std::stable_sort(
      layout.panels.begin(), layout.panels.end(),
      [&](const std::string& a, const std::string& b) { return order_of(a) < order_of(b); });
  return layout;
}

/// Every group by its label, one beside the other.
EffectLayout side_by_side(const Value& report) {
  EffectLayout layout;
  for (const Value& group : report.find_items("groups")) {
    layout.along.cases.push_back(text_at(group, "label"));
  }
  return layout;
}

}  // namespace

int EffectLayout::width() const {
  const int most = panels.empty() ? 720 : 300;
  return numeric ? most : std::clamp(100 * static_cast<int>(along.cases.size()), 160, most);
}

std::string EffectLayout::names() const {
  std::string text;
  for (const ReportAxis& axis : others) text += axis.name + " and ";
  return text + along.name;
}

std::string EffectLayout::panel_of(const Value& group) const {
  std::string text;
  for (const ReportAxis& axis : others) {
    text += (text.empty() ? "" : ", ") + axis.name + "=" + case_of(group, axis);
  }
  return text;
}

std::vector<EffectLayout> effect_layouts(const Value& report) {
  const std::vector<ReportAxis> axes = report_axes(report);
  std::vector<EffectLayout> layouts;
  for (size_t a = 0; a < axes.size(); ++a) {
    if (!is_numeric(axes[a])) continue;
    if (auto layout = lay_out(report, axes, a)) layouts.push_back(std::move(*layout));
  }
  if (!layouts.empty()) return layouts;
  const auto layout = lay_out(report, axes, axes.size() - 1);
  layouts.push_back(layout ? *layout : side_by_side(report));
  return layouts;
}

AxisRange::AxisRange(const ReportAxis& axis) {
  for (const std::string& name : axis.cases) numbers.push_back(*as_number(name));
  low = *std::min_element(numbers.begin(), numbers.end());
  high = *std::max_element(numbers.begin(), numbers.end());
  is_log = low > 0 && high / low > 10;
}

}  // namespace leakprobe
