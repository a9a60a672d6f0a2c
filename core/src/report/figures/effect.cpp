#include "report/figures/effect.h"

#include <algorithm>
#include <utility>

#include "format/json_write.h"
#include "report/figures/effect_csv.h"
#include "report/figures/effect_layout.h"
#include "report/figures/parts.h"
#include "report/figures/report_value.h"

namespace leakprobe {
namespace {

constexpr int kPanelsInARow = 4;

const Value* first_claim(const Value& report) {
  for (const Value& group : list_at(report, "groups")) {
    const Value* claim = group.find("claim");
    if (claim != nullptr && claim->is_map()) return claim;
  }
  return nullptr;
}

/// Where a group stands along the panel.
OrderedJson position_of(const EffectLayout& layout) {
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

OrderedJson layers_of(const EffectLayout& layout, const std::vector<std::string>& sets) {
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
  layers[1]["params"] = OrderedJson::array({set_choice(sets), zoom("zoom", layout.numeric)});
  return layers;
}

Figure figure_of(const Value& report, const Value& claim, const EffectLayout& layout,
                 const std::string& name) {
  const auto [set, compared] = sides_of(claim);
  std::vector<std::string> sets = {set};
  if (!compared.empty()) sets.push_back(compared);
  Figure figure;
  figure.name = name;
  figure.title = "Leak of '" + set + "' behind prefix '" + text_at(claim, "prefix") + "'" +
                 (layout.along.name.empty() ? "" : " by " + layout.names());
  const std::string at = text_at(claim, "at"), phase = text_at(claim, "phase");
  figure.caption = (at == "maximum" ? "The maximum over phase " + phase + ", each set at its own. "
                                    : "At the " + at + " of phase " + phase + ". ") +
                   "Mean over VALID seeds with its 95 % t interval; dots: single seeds.";
  figure.csv = effect_csv(report, layout, set, compared);
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
  for (const EffectLayout& layout : effect_layouts(report)) {
    const std::string name =
        layout.numeric ? "effect_by_" + file_name_of(layout.along.name) : "effect";
    figures.push_back(figure_of(report, *claim, layout, name));
  }
  return figures;
}

}  // namespace leakprobe
