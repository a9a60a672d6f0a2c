#include "report/figures/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "compose/scale.h"
#include "report/figures/curve_csv.h"
#include "report/figures/curve_parts.h"
#include "report/figures/parts.h"
#include "report/figures/report_value.h"

namespace leakprobe {
namespace {

/// Seeds thin, mean bold, and points for the pointer to find; of other prefixes than a phase's own,
/// the dashed ones, there are means alone.
void add_lines(OrderedJson& layers, const OrderedJson& position, const OrderedJson& colors,
               Filters filters, bool dashed = false) {
  filters.push_back(of_shown_sets());
  const auto encoded = [&](OrderedJson more) {
    OrderedJson encoding = position;
    encoding["color"] = colors;
    if (dashed) {
      encoding["strokeDash"] = {{"field", "prefix"},
                                {"type", "nominal"},
                                {"legend", nullptr},
                                {"scale", {{"range", {{6, 3}, {2, 3}, {10, 3}, {6, 3, 2, 3}}}}}};
    }
    encoding.update(more);
    return encoding;
  };
  const auto rows = [&](const char* row) {
    Filters with_row = filters;
    with_row.push_back(has_value("row", row));
    return with_row;
  };
  const OrderedJson of_seed = {
      {"detail", fields({"seed", "phase", "prefix"})},
      {"tooltip",
       {field("seed"), field("verdict"), field("set"), field("prefix"), field("phase")}}};
  if (!dashed) {
    layers.push_back(filtered_layer({{"type", "line"}, {"strokeWidth", 1}, {"strokeOpacity", 0.35}},
                                    encoded(of_seed), rows("seed")));
  }
  layers.push_back(filtered_layer({{"type", "line"}, {"strokeWidth", 2.75}},
                                  encoded({{"detail", fields({"phase", "prefix"})}}),
                                  rows("mean")));
  const OrderedJson tip = {field("set"),
                           field("prefix"),
                           field("phase"),
                           number("step"),
                           number("value", "+.3f", "mean"),
                           number("runs", "d", "VALID runs")};
  layers.push_back(
      filtered_layer({{"type", "point"}, {"filled", true}, {"size", 120}, {"fillOpacity", 0}},
                     encoded({{"tooltip", tip}}), rows("mean")));
}

/// Each with the prefix that is shown in it.
std::vector<PhaseMark> phase_marks(const GroupCurves& curves) {
  std::vector<PhaseMark> marks;
  for (const GroupCurves::Phase& phase : curves.phases) {
    if (phase.steps > 0) marks.push_back({phase.start, phase.name + " (" + phase.prefix + ")"});
  }
  return marks;
}

OrderedJson whole_run(const GroupCurves& curves) {
  const int64_t total = curves.total_steps();
  const OrderedJson position = {
      {"x", step_axis("training_step", "training step", {{"domain", {0, total}}, {"nice", false}})},
      {"y", quantitative("value", curves.unit, {{"padding", 10}})}};
  OrderedJson layers = OrderedJson::array();
  add_phases(layers, phase_marks(curves), total, "zoom");
  if (curves.above_chance) layers.push_back(chance_line());
  add_lines(layers, position, series_color(curves.sets), {has_value("shown", "yes")});
  if (curves.prefixes.size() > 1) {
    std::string test;
    for (size_t p = 0; p < curves.prefixes.size(); ++p) {
      test += (p > 0 ? " || " : "") + ("(prefix_" + std::to_string(p)) +
              " && datum.prefix === " + literal(curves.prefixes[p]) + ")";
    }
    add_lines(layers, position, series_color(curves.sets), {test, has_value("shown", "no")}, true);
  }
  for (OrderedJson& drawn : layers) {
    if (!drawn["encoding"].contains("color")) continue;
    drawn["params"] = {set_choice(curves.sets), zoom("zoom")};
    break;
  }
  return {{"width", kCurvesWidth}, {"height", 320}, {"layer", layers}};
}

/// The claim's phase near chance, and where each run's claim is read; nothing where nothing of it
/// comes near.
std::optional<OrderedJson> near_chance(const Value& group, const GroupCurves& curves) {
  const Scale scale(group);
  double highest = 0.05, nearest = std::numeric_limits<double>::infinity();
  for (const GroupCurves::Run& run : curves.runs) {
    for (const GroupCurves::Point& point : run.points) {
      const bool drawn = curves.phases[point.phase].name == curves.claim_phase &&
                         point.cell.prefix == curves.claim_prefix &&
                         (point.cell.set == curves.claim_set || point.cell.set == curves.compared);
      if (!drawn) continue;
      highest = std::max(highest, scale.more(point.value));
      nearest = std::min(nearest, std::abs(point.value));
    }
  }
  if (nearest > 1.2 * highest) return std::nullopt;
  OrderedJson read_at = OrderedJson::array();
  for (const Value& run : group.find_items("runs")) {
    const auto leak = run.find_number("leak"), step = run.find_number("step");
    if (!leak || !step) continue;
    read_at.push_back({{"seed", text_at(run, "seed")},
                       {"verdict", text_at(run, "verdict")},
                       {"set", curves.claim_set},
                       {"step", *step},
                       {"value", *leak}});
  }
  const OrderedJson range = {{"domain", {-1.2 * highest, 1.2 * highest}}, {"nice", false}};
  OrderedJson position = {
      {"x", step_axis("step", "step of " + curves.claim_phase, {{"nice", false}, {"zero", true}})},
      {"y", quantitative("value", curves.unit, range)}};
  OrderedJson layers = OrderedJson::array({chance_line()});
  const OrderedJson either = {{"field", "set"}, {"oneOf", {curves.claim_set, curves.compared}}};
  OrderedJson lines = OrderedJson::array();
  add_lines(
      lines, position, series_color(curves.sets),
      {has_value("phase", curves.claim_phase), has_value("prefix", curves.claim_prefix), either});
  for (OrderedJson& line : lines) {
    line["mark"]["clip"] = true;
    layers.push_back(std::move(line));
  }
  layers[1]["params"] = OrderedJson::array({zoom("zoom_near_chance")});
  position["color"] = series_color(curves.sets);
  position["tooltip"] = {field("seed"), field("verdict"), number("step"),
                         number("value", "+.3f", "read by the claim")};
  layers.push_back(
      {{"data", {{"values", read_at}}},
       {"transform", OrderedJson::array({{{"filter", of_shown_sets()}}})},
       {"mark",
        {{"type", "point"}, {"filled", true}, {"size", 36}, {"opacity", 1}, {"clip", true}}},
       {"encoding", position}});
  return OrderedJson{{"title",
                      {{"text", claim_heading(text_at(group, "claim_name")) + curves.claim_phase +
                                    " near chance, behind prefix '" + curves.claim_prefix + "'"},
                       {"style", "panel"}}},
                     {"width", kCurvesWidth},
                     {"height", 220},
                     {"layer", layers}};
}

std::string caption_of(const Value& group, const GroupCurves& curves) {
  size_t valid = 0;
  for (const GroupCurves::Run& run : curves.runs) valid += run.valid;
  std::string text;
  if (Scale(group).log_probability) {
    text = "Mean log-probability of each set";
    if (curves.above_chance) text += " above chance";
  } else {
    text = curves.measure + " of each set: " + curves.unit;
  }
  text += "; bold: the mean of " + std::to_string(valid) + " VALID run" + (valid == 1 ? "" : "s") +
          ", thin: each seed";
  if (kMostThinLines < curves.runs.size()) {
    text += " (the first " + std::to_string(kMostThinLines) + " of " +
            std::to_string(curves.runs.size()) + ")";
  }
  text += ". In brackets: the prefix shown in each phase.";
  const std::string name = text_at(group, "claim_name");
  if (!curves.claim_set.empty()) {
    text += " Dots: where each run's claim " + (name.empty() ? "" : "'" + name + "' ") +
            "is read, '" + curves.claim_set + "' behind prefix '" + curves.claim_prefix +
            "' in phase " + curves.claim_phase + ".";
  }
  return text;
}

}  // namespace

std::optional<Figure> curves_figure(const Value& group, const GroupCurves& curves,
                                    const std::string& name) {
  if (curves.cells.empty()) return std::nullopt;
  Figure figure;
  figure.name = name;
  figure.title = "Over the whole run: " + text_at(group, "label");
  figure.caption = caption_of(group, curves);
  figure.csv = curves_csv(curves);
  OrderedJson panels = OrderedJson::array({whole_run(curves)});
  const bool has_claim_phase = std::any_of(
      curves.phases.begin(), curves.phases.end(),
      [&](const auto& phase) { return phase.name == curves.claim_phase && phase.steps > 0; });
  if (curves.above_chance && has_claim_phase) {
    if (auto panel = near_chance(group, curves)) panels.push_back(*std::move(panel));
  }
  figure.spec = new_spec(
      figure.title, curves.measure + ": " + scale_text(group, curves.above_chance), figure.csv,
      {{"step", "number"}, {"training_step", "number"}, {"value", "number"}, {"runs", "number"}});
  OrderedJson& spec = figure.spec;
  if (curves.prefixes.size() > 1) {
    spec["params"] = OrderedJson::array();
    for (size_t p = 0; p < curves.prefixes.size(); ++p) {
      spec["params"].push_back(
          {{"name", "prefix_" + std::to_string(p)},
           {"value", false},
           {"bind", {{"input", "checkbox"}, {"name", "also behind " + curves.prefixes[p]}}}});
    }
  }
  spec["vconcat"] = panels;
  return figure;
}

}  // namespace leakprobe
