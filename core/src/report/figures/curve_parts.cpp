#include "report/figures/curve_parts.h"

#include <utility>

namespace leakprobe {

OrderedJson filtered_layer(OrderedJson mark, OrderedJson encoding, const Filters& filters) {
  OrderedJson transform = OrderedJson::array();
  for (const OrderedJson& filter : filters) transform.push_back({{"filter", filter}});
  return {{"transform", transform}, {"mark", std::move(mark)}, {"encoding", std::move(encoding)}};
}

OrderedJson has_value(const std::string& field, const std::string& value) {
  return {{"field", field}, {"equal", value}};
}

void add_phases(OrderedJson& layers, const std::vector<PhaseMark>& phases, int64_t total,
                const std::string& zoom) {
  OrderedJson starts = OrderedJson::array();
  std::vector<OrderedJson> lines;
  std::vector<double> ends;
  for (const PhaseMark& phase : phases) {
    if (phase.start > 0) starts.push_back({{"start", phase.start}});
    const double left =
        kCurvesWidth * static_cast<double>(phase.start) / static_cast<double>(total);
    size_t line = 0;
    while (line < ends.size() && ends[line] > left) ++line;
    if (line == ends.size()) {
      ends.push_back(0);
      lines.push_back(OrderedJson::array());
    }
    ends[line] = left + 7.0 * static_cast<double>(phase.text.size()) + 10;
    lines[line].push_back({{"start", phase.start}, {"name", phase.text}});
  }
  const OrderedJson x = {{"field", "start"}, {"type", "quantitative"}};
  const std::string shown = zoom + ".training_step";
  // Text above the plot is not clipped, so what zooming moves out of sight has to be left out.
  const OrderedJson in_sight =
      OrderedJson::array({{{"filter", "!" + shown + " || inrange(datum.start, " + shown + ")"}}});
  layers.push_back({{"data", {{"values", starts}}},
                    {"mark", {{"type", "rule"}, {"style", "boundary"}}},
                    {"encoding", {{"x", x}}}});
  for (size_t line = 0; line < lines.size(); ++line) {
    layers.push_back({{"data", {{"values", lines[line]}}},
                      {"transform", in_sight},
                      {"mark",
                       {{"type", "text"},
                        {"style", "phase"},
                        {"align", "left"},
                        {"baseline", "bottom"},
                        {"dx", 3},
                        {"clip", false}}},
                      {"encoding",
                       {{"x", x},
                        {"y", {{"value", -4 - 14 * static_cast<int>(line)}}},
                        {"text", {{"field", "name"}}}}}});
  }
}

}  // namespace leakprobe
