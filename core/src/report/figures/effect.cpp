#include "report/figures/effect.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "format/csv.h"
#include "format/json_write.h"
#include "report/figures/parts.h"
#include "report/figures/report_value.h"

namespace leakprobe {
namespace {

/// Beyond it a panel a combination is unreadable.
constexpr size_t kMostPanels = 12;
constexpr int kPanelsInARow = 4;

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

/// The axes laid out: one along the panel, the others as panels.
struct Layout {
  ReportAxis along;
  std::vector<ReportAxis> others;
  bool numeric = false;
  std::vector<std::string> panels;  ///< those that occur, in order; empty = a single one

  /// Of a panel, in pixels.
  int width() const {
    const int most = panels.empty() ? 720 : 300;
    return numeric ? most : std::clamp(100 * static_cast<int>(along.cases.size()), 160, most);
  }
  std::string names() const {
    std::string text;
    for (const ReportAxis& axis : others) text += axis.name + " and ";
    return text + along.name;
  }

  std::string panel_of(const Value& group) const {
    std::string text;
    for (const ReportAxis& axis : others) {
      text += (text.empty() ? "" : ", ") + axis.name + "=" + case_of(group, axis);
    }
    return text;
  }
};

/// Nothing where that would be too many panels.
std::optional<Layout> lay_out(const Value& report, const std::vector<ReportAxis>& axes,
                              size_t along) {
  Layout layout;
  layout.along = axes[along];
  layout.numeric = is_numeric(axes[along]);
  for (size_t a = 0; a < axes.size(); ++a) {
    if (a != along) layout.others.push_back(axes[a]);
  }
  if (layout.others.empty()) return layout;
  for (const Value& group : list_at(report, "groups")) {
    const std::string panel = layout.panel_of(group);
    auto& panels = layout.panels;
    if (std::find(panels.begin(), panels.end(), panel) == panels.end()) panels.push_back(panel);
  }
  if (layout.panels.size() > kMostPanels) return std::nullopt;
  return layout;
}

/// Every group by its label, one beside the other.
Layout side_by_side(const Value& report) {
  Layout layout;
  for (const Value& group : list_at(report, "groups")) {
    layout.along.cases.push_back(text_at(group, "label"));
  }
  return layout;
}

const Value* first_claim(const Value& report) {
  for (const Value& group : list_at(report, "groups")) {
    const Value* claim = group.find("claim");
    if (claim != nullptr && claim->is_map()) return claim;
  }
  return nullptr;
}

/// Why a group has no mean: the verdict that most of its runs have.
std::string verdict_of(const Value& group) {
  std::string most;
  int64_t highest = 0;
  for (const Value& run : list_at(group, "runs")) {
    const std::string verdict = text_at(run, "verdict");
    int64_t same = 0;
    for (const Value& other : list_at(group, "runs")) same += text_at(other, "verdict") == verdict;
    if (same > highest) {
      highest = same;
      most = verdict;
    }
  }
  return most.empty() ? "NO RUN" : most;
}

/// Rows of one side of one group: its mean, and each VALID seed.
std::string side_csv(const Value& group, const Layout& layout, const std::string& set,
                     const char* statistic, const char* of_run) {
  const Value& statistics = *group.find("statistics");
  const Value* side = statistics.find(statistic);
  if (side == nullptr || !number_at(*side, "mean")) return "";
  const auto number = [](const Value& value) {
    return value.is_null() ? value : Value(rounded(value.as_number()));
  };
  const Value::List& interval = list_at(*side, "ci95");
  const Value* relative = side->find("relative_increase_geometric");
  const Value& valid = *statistics.find("n");
  const auto runs = static_cast<int64_t>(list_at(group, "runs").size());
  const std::string counted = to_json(valid) + " of " + std::to_string(runs);
  const std::string position = case_of(group, layout.along), panel = layout.panel_of(group);
  std::string csv = csv_line({"mean",
                              position,
                              panel,
                              set,
                              {},
                              number(*side->find("mean")),
                              interval.size() == 2 ? number(interval[0]) : Value(),
                              interval.size() == 2 ? number(interval[1]) : Value(),
                              relative != nullptr ? number(*relative) : Value(),
                              counted,
                              valid.as_integer() < runs ? counted + " VALID" : ""});
  for (const Value& run : list_at(group, "runs")) {
    if (text_at(run, "verdict") != "VALID" || !number_at(run, of_run)) continue;
    csv += csv_line({"seed",
                     position,
                     panel,
                     set,
                     *run.find("seed"),
                     number(*run.find(of_run)),
                     {},
                     {},
                     {},
                     {},
                     {}});
  }
  return csv;
}

std::string csv_of(const Value& report, const Layout& layout, const std::string& set,
                   const std::string& compared) {
  std::string csv = csv_line({"row", "case", "panel", "set", "seed", "leak", "low", "high",
                              "relative_increase", "valid_runs", "note"});
  for (const Value& group : list_at(report, "groups")) {
    const Value* statistics = group.find("statistics");
    if (statistics != nullptr && statistics->is_map()) {
      csv += side_csv(group, layout, set, "leak", "leak");
      if (!compared.empty()) csv += side_csv(group, layout, compared, "control", "control_leak");
    } else {
      csv += csv_line({"none",
                       case_of(group, layout.along),
                       layout.panel_of(group),
                       "",
                       {},
                       0,
                       {},
                       {},
                       {},
                       {},
                       verdict_of(group)});
    }
  }
  return csv;
}

/// The numbers on an axis.
struct Range {
  explicit Range(const ReportAxis& axis) {
    for (const std::string& name : axis.cases) numbers.push_back(*as_number(name));
    low = *std::min_element(numbers.begin(), numbers.end());
    high = *std::max_element(numbers.begin(), numbers.end());
    is_log = low > 0 && high / low >= 20;
  }
  std::vector<double> numbers;
  double low = 0, high = 0;
  bool is_log = false;
};

/// Where a group stands along the panel.
OrderedJson position_of(const Layout& layout) {
  OrderedJson axis = {{"field", "case"}};
  const std::string title = layout.along.name;
  axis["title"] = title.empty() ? OrderedJson() : OrderedJson(title);
  if (!layout.numeric) {
    const size_t longest =
        std::max_element(layout.along.cases.begin(), layout.along.cases.end(),
                         [](const auto& a, const auto& b) { return a.size() < b.size(); })
            ->size();
    axis["type"] = "nominal";
    axis["sort"] = layout.along.cases;
    axis["scale"] = {{"domain", layout.along.cases}};
    axis["axis"] = {{"labelAngle", longest > 14 ? -30 : 0}, {"labelLimit", 260}, {"grid", false}};
    return axis;
  }
  const Range range(layout.along);
  axis["field"] = "position";
  axis["type"] = "quantitative";
  axis["scale"] = {{"type", range.is_log ? "log" : "linear"}, {"zero", false}, {"padding", 24}};
  axis["axis"] = {{"values", range.numbers}, {"format", ".6~g"}, {"grid", false}};
  return axis;
}

/// Vega's expressions for where the rows of a group stand: the two sides a little apart, so that
/// one interval does not hide the other, and each side's seeds beside its mean.
OrderedJson placing(const Layout& layout, const std::string& set) {
  const std::string side = "(datum.set === '' ? 0 : datum.set === " + literal(set) + " ? -1 : 1)";
  OrderedJson transform = OrderedJson::array();
  const auto calculate = [&](const std::string& expression, const char* as) {
    transform.push_back({{"calculate", expression}, {"as", as}});
  };
  if (!layout.numeric) {
    calculate("0.45 * " + side + " - (datum.row === 'seed' ? 0.22 : 0)", "shift");
    return transform;
  }
  const Range range(layout.along);
  const std::string shift = side + " - (datum.row === 'seed' ? 1 : 0)";
  calculate(range.is_log ? "toNumber(datum.case) * pow(1.03, " + shift + ")"
                         : "toNumber(datum.case) + (" + shift + ") * " +
                               dump_json(Json(0.007 * (range.high - range.low))),
            "position");
  return transform;
}

OrderedJson layer(const char* row, OrderedJson mark, const OrderedJson& encoding,
                  bool by_set = true) {
  OrderedJson transform = OrderedJson::array();
  if (by_set) transform.push_back({{"filter", {{"param", "sets"}, {"empty", false}}}});
  transform.push_back({{"filter", {{"field", "row"}, {"equal", row}}}});
  return {{"transform", transform}, {"mark", std::move(mark)}, {"encoding", encoding}};
}

OrderedJson layers_of(const Layout& layout, const std::vector<std::string>& sets) {
  const OrderedJson x = position_of(layout);
  const OrderedJson y = quantitative("leak", unit_text(true), {{"padding", 12}});
  const OrderedJson color = series_color(sets);
  OrderedJson base = {{"x", x}, {"y", y}, {"color", color}};
  if (!layout.numeric) {
    base["xOffset"] = {
        {"field", "shift"}, {"type", "quantitative"}, {"scale", {{"domain", {-1, 1}}}}};
  }
  const auto with = [&](OrderedJson more) {
    OrderedJson encoding = base;
    encoding.update(more);
    return encoding;
  };
  const OrderedJson tip = {field("case", layout.along.name.empty() ? "group" : layout.along.name),
                           field("set"),
                           number("leak", "+.3f", "mean leak"),
                           number("low", "+.3f", "95 % from"),
                           number("high", "+.3f", "to"),
                           number("relative_increase", "+.1%", "relative increase"),
                           field("valid_runs", "VALID runs")};
  OrderedJson layers = OrderedJson::array({chance_line()});
  if (layout.numeric) {
    layers.push_back(layer("mean", {{"type", "line"}, {"strokeWidth", 2}}, base));
    layers.push_back(layer("mean",
                           {{"type", "point"}, {"filled", true}, {"size", 70}, {"opacity", 1}},
                           with({{"tooltip", tip}})));
  } else {
    const int bar = layout.width() / static_cast<int>(layout.along.cases.size()) / 3;
    layers.push_back(layer("mean", {{"type", "bar"}, {"width", bar}, {"opacity", 0.55}},
                           with({{"tooltip", tip}})));
  }
  layers.push_back(layer("mean", {{"type", "rule"}, {"strokeWidth", 2}},
                         with({{"y", quantitative("low", unit_text(true), {})},
                               {"y2", {{"field", "high"}}},
                               {"tooltip", tip}})));
  layers.push_back(
      layer("seed", {{"type", "point"}, {"filled", true}, {"size", 24}, {"opacity", 0.8}},
            with({{"tooltip", {field("seed"), field("set"), number("leak", "+.3f")}}})));
  OrderedJson words = {{"x", x}, {"text", {{"field", "note"}}}};
  words["y"] = quantitative("high", unit_text(true), {});
  OrderedJson note = layer("mean", {{"type", "text"}, {"style", "note"}, {"dy", -8}}, words);
  note["transform"].push_back({{"filter", "datum.set === " + literal(sets.front())}});
  layers.push_back(std::move(note));
  words["y"] = y;
  layers.push_back(
      layer("none",
            {{"type", "text"}, {"style", "verdict"}, {"angle", 270}, {"align", "left"}, {"dx", 6}},
            words, false));
  // Selections belong to the first layer that has the colours; only numbers can be zoomed.
  OrderedJson zoomed = OrderedJson::array({"y"});
  if (layout.numeric) zoomed.push_back("x");
  OrderedJson all = OrderedJson::array();
  for (const std::string& set : sets) all.push_back({{"set", set}});
  layers[1]["params"] = OrderedJson::array(
      {{{"name", "sets"},
        {"select",
         {{"type", "point"}, {"fields", OrderedJson::array({"set"})}, {"toggle", "true"}}},
        {"bind", "legend"},
        {"value", all}},
       {{"name", "zoom"},
        {"select", {{"type", "interval"}, {"encodings", zoomed}}},
        {"bind", "scales"}}});
  return layers;
}

Figure figure_of(const Value& report, const Value& claim, const Layout& layout,
                 const std::string& name) {
  const auto [set, compared] = sides_of(claim);
  std::vector<std::string> sets = {set};
  if (!compared.empty()) sets.push_back(compared);
  Figure figure;
  figure.name = name;
  figure.title = "Leak of '" + set + "' behind prefix '" + text_at(claim, "prefix") + "'" +
                 (layout.along.name.empty() ? "" : " by " + layout.names());
  figure.caption =
      "The " + text_at(claim, "at") + " over phase " + text_at(claim, "phase") +
      ", each set at its own. Mean over VALID seeds with its 95 % t interval; dots: single seeds.";
  figure.csv = csv_of(report, layout, set, compared);
  figure.spec = new_spec(
      figure.title, figure.csv,
      {{"leak", "number"}, {"low", "number"}, {"high", "number"}, {"relative_increase", "number"}});
  OrderedJson& spec = figure.spec;
  spec["transform"] = placing(layout, set);
  const OrderedJson layers = layers_of(layout, sets);
  if (layout.panels.empty()) {
    spec["width"] = layout.width();
    spec["height"] = 320;
    spec["layer"] = layers;
  } else {
    spec["facet"] = {
        {"field", "panel"}, {"type", "nominal"}, {"sort", layout.panels}, {"title", nullptr}};
    spec["columns"] = kPanelsInARow;
    spec["spec"] = {{"width", layout.width()}, {"height", 280}, {"layer", layers}};
  }
  return figure;
}

}  // namespace

std::vector<Figure> effect_figures(const Value& report) {
  std::vector<Figure> figures;
  const Value* claim = first_claim(report);
  if (claim == nullptr) return figures;
  const std::vector<ReportAxis> axes = report_axes(report);
  for (size_t a = 0; a < axes.size(); ++a) {
    if (!is_numeric(axes[a])) continue;
    if (const auto layout = lay_out(report, axes, a)) {
      const std::string name = "effect_by_" + file_name_of(axes[a].name);
      figures.push_back(figure_of(report, *claim, *layout, name));
    }
  }
  if (!figures.empty()) return figures;
  const auto layout = lay_out(report, axes, axes.size() - 1);
  figures.push_back(figure_of(report, *claim, layout ? *layout : side_by_side(report), "effect"));
  return figures;
}

}  // namespace leakprobe
