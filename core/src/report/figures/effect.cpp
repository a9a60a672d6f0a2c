#include "report/figures/effect.h"

#include <algorithm>
#include <set>
#include <utility>

#include "format/json_write.h"
#include "report/figures/comparable.h"
#include "report/figures/effect_csv.h"
#include "report/figures/effect_layout.h"
#include "report/figures/parts.h"
#include "report/figures/report_value.h"

namespace leakprobe {
namespace {

constexpr int kPanelsInARow = 4;
constexpr const char* kIncrease = "increase";  ///< the column of relative_increase in words

constexpr double kLetterWidth = 6.6;  ///< of a label's font on average, in pixels

/// How the names of cases are written so that none covers its neighbour: in a line, "a=x, b=y" in a
/// line a part, or at an angle.
OrderedJson case_labels(const EffectLayout& layout) {
  size_t longest = 0, longest_part = 0;
  for (const std::string& name : layout.along.cases) {
    longest = std::max(longest, name.size());
    for (size_t begin = 0; begin < name.size();) {
      const size_t end = std::min(name.find(", ", begin), name.size());
      longest_part = std::max(longest_part, end - begin);
      begin = end + 2;
    }
  }
  const double room = layout.width() / static_cast<double>(layout.along.cases.size()) - 6;
  const auto fits = [&](size_t letters) {
    return kLetterWidth * static_cast<double>(letters) <= room;
  };
  OrderedJson labels = {
      {"labelAngle", 0}, {"labelLimit", 260}, {"labelOverlap", false}, {"grid", false}};
  if (fits(longest)) return labels;
  if (fits(longest_part)) {
    labels["labelExpr"] = "split(datum.label, ', ')";
    return labels;
  }
  // Lines at an angle need the height of a line beside each other.
  labels["labelAngle"] = room > 18 ? -35 : -90;
  return labels;
}

/// Where a group stands along the panel.
OrderedJson position_of(const EffectLayout& layout) {
  OrderedJson axis = {{"field", "case"}};
  const std::string title = layout.along.name;
  axis["title"] = title.empty() ? OrderedJson() : OrderedJson(title);
  if (!layout.numeric) {
    axis["type"] = "nominal";
    axis["sort"] = layout.along.cases;
    axis["scale"] = {{"domain", layout.along.cases}};
    axis["axis"] = case_labels(layout);
    return axis;
  }
  const AxisRange range(layout.along);
  axis["field"] = "position";
  axis["type"] = "quantitative";
  axis["scale"] = {{"type", range.is_log ? "log" : "linear"}, {"zero", false}, {"padding", 24}};
  axis["axis"] = {{"values", range.numbers}, {"format", ".6~g"}, {"grid", false}};
  return axis;
}

/// Vega's expressions for where the rows of a group stand: the two sides a little apart, so that
/// one interval does not hide the other, and each side's seeds beside its mean.
OrderedJson placing(const EffectLayout& layout, const std::string& set) {
  const std::string side = "(datum.set === '' ? 0 : datum.set === " + literal(set) + " ? -1 : 1)";
  OrderedJson transform = OrderedJson::array();
  const auto calculate = [&](const std::string& expression, const char* as) {
    transform.push_back({{"calculate", expression}, {"as", as}});
  };
  if (!layout.numeric) {
    calculate("0.45 * " + side + " - (datum.row === 'seed' ? 0.22 : 0)", "shift");
    return transform;
  }
  const AxisRange range(layout.along);
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
  if (by_set) transform.push_back({{"filter", of_shown_sets()}});
  transform.push_back({{"filter", {{"field", "row"}, {"equal", row}}}});
  return {{"transform", transform}, {"mark", std::move(mark)}, {"encoding", encoding}};
}

OrderedJson layers_of(const EffectLayout& layout, const Comparable& groups,
                      const std::vector<std::string>& sets) {
  const OrderedJson x = position_of(layout);
  const OrderedJson y = quantitative("leak", groups.unit, {{"padding", 12}});
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
  OrderedJson tip = {field("case", layout.along.name.empty() ? "group" : layout.along.name),
                     field("set"),
                     number("leak", "+.3f", groups.are_leaks() ? "mean leak" : "mean"),
                     number("low", "+.3f", "95 % from"),
                     number("high", "+.3f", "to"),
                     field("valid_runs", "VALID runs")};
  if (groups.scale.log_probability) {
    tip.push_back(field(kIncrease, "relative increase"));
  }
  OrderedJson layers = OrderedJson::array();
  if (groups.above_chance) layers.push_back(chance_line());
  const size_t first = layers.size();
  if (layout.numeric) {
    layers.push_back(layer("mean", {{"type", "line"}, {"strokeWidth", 2}}, base));
    layers.push_back(layer("mean",
                           {{"type", "point"}, {"filled", true}, {"size", 70}, {"opacity", 1}},
                           with({{"tooltip", tip}})));
  } else {
    // The two sides stand 0.45 of a case's band apart, which is a good half of a case's room.
    const int bar = layout.width() / static_cast<int>(layout.along.cases.size()) / 4;
    layers.push_back(layer("mean", {{"type", "bar"}, {"width", bar}, {"opacity", 0.55}},
                           with({{"tooltip", tip}})));
  }
  layers.push_back(layer("mean", {{"type", "rule"}, {"strokeWidth", 2}},
                         with({{"y", quantitative("low", groups.unit, {})},
                               {"y2", {{"field", "high"}}},
                               {"tooltip", tip}})));
  layers.push_back(
      layer("seed", {{"type", "point"}, {"filled", true}, {"size", 24}, {"opacity", 0.8}},
            with({{"tooltip", {field("seed"), field("set"), number("leak", "+.3f")}}})));
  OrderedJson words = {{"x", x}, {"text", {{"field", "note"}}}};
  words["y"] = quantitative("high", groups.unit, {});
  OrderedJson note = layer("mean", {{"type", "text"}, {"style", "note"}, {"dy", -8}}, words);
  note["transform"].push_back({{"filter", "datum.set === " + literal(sets.front())}});
  layers.push_back(std::move(note));
  words["y"] = y;
  layers.push_back(
      layer("none",
            {{"type", "text"}, {"style", "verdict"}, {"angle", 270}, {"align", "left"}, {"dx", 6}},
            words, false));
  // Selections belong to the first layer that has the colours; only numbers can be zoomed.
  layers[first]["params"] = OrderedJson::array({set_choice(sets), zoom("zoom", layout.numeric)});
  return layers;
}

/// "The maximum over phase elicit, each set at its own. "
std::string where_read(const Comparable& groups) {
  const std::string at = groups.common("at"), phase = groups.common("phase");
  if (at.empty() || phase.empty()) return "Where each configuration's claim reads it. ";
  if (at != "maximum") return "At the " + at + " of phase " + phase + ". ";
  switch (groups.scale.direction) {
    case ProbeFacts::Direction::larger:
      return "The maximum over phase " + phase + ", each set at its own. ";
    case ProbeFacts::Direction::smaller:
      return "The minimum over phase " + phase + ", each set at its own. ";
    case ProbeFacts::Direction::either:
      return "Farthest from chance over phase " + phase + ", each set by itself. ";
  }
  return "";
}

Figure figure_of(const Comparable& groups, const EffectLayout& layout, const std::string& name) {
  const auto [set, compared] = sides_of(groups.claim);
  std::vector<std::string> sets = {set};
  if (!compared.empty()) sets.push_back(compared);
  Figure figure;
  figure.name = name;
  figure.title = claim_heading(groups.name) +
                 (groups.are_leaks() ? "Leak" : text_at(groups.claim, "measure")) + " of '" + set +
                 "'" + groups.behind_prefix() +
                 (layout.along.name.empty() ? "" : " by " + layout.names());
  figure.caption =
      where_read(groups) + "Mean over VALID seeds with its 95 % t interval; dots: single seeds.";
  figure.csv = effect_csv(groups.report, layout, set, compared, groups.unit);
  figure.spec = new_spec(
      figure.title, groups.words, figure.csv,
      {{"leak", "number"}, {"low", "number"}, {"high", "number"}, {"relative_increase", "number"}});
  OrderedJson& spec = figure.spec;
  spec["transform"] = placing(layout, set);
  spec["transform"].push_back(increase_words("relative_increase", kIncrease));
  const OrderedJson layers = layers_of(layout, groups, sets);
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
  std::set<std::string> names;
  for (const Comparable& part : comparable_groups(report)) {
    for (const EffectLayout& layout : effect_layouts(part.report)) {
      const std::string name =
          layout.numeric ? "effect_by_" + file_name_of(layout.along.name) : "effect";
      figures.push_back(figure_of(part, layout, part.figure_name(name, names)));
    }
  }
  return figures;
}

}  // namespace leakprobe
