#include "report/figures/effect_against.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "compose/words.h"
#include "format/csv.h"
#include "report/figures/comparable.h"
#include "report/figures/parts.h"
#include "report/figures/report_value.h"
#include "report/run_record.h"

namespace leakprobe {
namespace {

/// {unit, mean, sd} of the gate; nullptr where no VALID run of the group has its value.
const Value* gate_of(const Value& group, const std::string& gate) {
  const Value* statistics = group.find("statistics");
  return statistics == nullptr || !statistics->is_map() ? nullptr
                                                        : statistics->at("gates").find(gate);
}

/// The units in which groups have the gate.
std::vector<std::string> gate_units(const Comparable& part, const std::string& gate) {
  std::vector<std::string> units;
  for (const Value& group : part.groups()) {
    const Value* value = gate_of(group, gate);
    if (value == nullptr || contains(units, text_at(*value, "unit"))) continue;
    units.push_back(text_at(*value, "unit"));
  }
  return units;
}

/// Groups on two axes: the value of a gate, and the effect.
struct Plane {
  const Comparable& part;
  std::string gate, gate_unit;
  std::vector<const Value*> groups;  ///< with a point; at least one
  ReportAxis axis;                   ///< by which the legend calls them
  std::vector<std::string> absent;   ///< "useful (INVALID)": those without a point in any plane

  Plane(const Comparable& comparable, const std::string& against, const std::string& unit)
      : part(comparable), gate(against), gate_unit(unit) {
    const std::vector<ReportAxis> axes = report_axes(part.report);
    std::set<std::string> cases;
    for (const Value& group : part.groups()) cases.insert(case_of(group, axes.front()));
    const bool tell_apart = cases.size() == part.groups().size() && !cases.contains("");
    if (axes.size() == 1 && tell_apart) axis = axes.front();
    for (const Value& group : part.groups()) {
      const Value* value = gate_of(group, gate);
      if (value == nullptr) {
        const bool valid = group.at("counts").integer("valid") > 0;
        absent.push_back(name_of(group) + " (" +
                         (valid ? "no value of the gate" : verdict_of_all(group)) + ")");
      } else if (text_at(*value, "unit") == gate_unit) {
        groups.push_back(&group);
      }
    }
  }

  std::string name_of(const Value& group) const { return case_of(group, axis); }
  std::string compared() const { return sides_of(part.claim).second; }
  /// Whether the effect is a level above chance itself, or one of distances from it.
  bool above_chance() const {
    return part.above_chance &&
           (compared().empty() || part.scale.direction == ProbeFacts::Direction::either);
  }
};

/// A row a mean with the interval of its effect, and a row a VALID run.
std::string against_csv(const Plane& plane, const std::string& unit) {
  std::string csv = csv_line(
      {"row", "group", "seed", "gate", "effect", "low", "high", "valid_runs", "gate_unit", "unit"});
  for (const Value* group : plane.groups) {
    const std::string name = plane.name_of(*group);
    const Value& effect = group->at("statistics").at("effect");
    const Value::List& ends = effect.find_items("ci95");
    const auto end = [&](size_t i) {
      return ends.size() == 2 ? Value(rounded(ends[i].as_number())) : Value();
    };
    csv += csv_line({"mean",
                     name,
                     {},
                     gate_of(*group, plane.gate)->at("mean"),
                     rounded(effect.number("mean")),
                     end(0),
                     end(1),
                     valid_of_all(*group),
                     plane.gate_unit,
                     unit});
    for (const Value& run : group->items("runs")) {
      const auto gate = run.at("gates").find_number(plane.gate), own = run.find_number("effect");
      if (text_at(run, "verdict") != word_of(RunVerdict::valid) || !gate || !own) continue;
      csv += csv_line(
          {"run", name, run.at("seed"), *gate, rounded(*own), {}, {}, {}, plane.gate_unit, unit});
    }
  }
  return csv;
}

OrderedJson layers_of(const Plane& plane, const std::string& unit) {
  std::vector<std::string> names;
  for (const Value* group : plane.groups) names.push_back(plane.name_of(*group));
  OrderedJson color = series_color(names, "group"), shape = series_shape(names, "group");
  // With one title both have one legend.
  if (!plane.axis.name.empty()) color["title"] = shape["title"] = plane.axis.name;
  const std::string effect = "effect, " + unit;
  const std::string gate = plane.gate + (plane.gate_unit.empty() ? "" : ", " + plane.gate_unit);
  OrderedJson x = quantitative("gate", gate, {{"zero", false}, {"padding", 18}});
  x["axis"] = {{"tickCount", 8}};
  const OrderedJson base = {
      {"x", x}, {"y", quantitative("effect", effect, {{"padding", 12}})}, {"color", color}};
  const auto layer = [&](const char* row, const OrderedJson& mark, const OrderedJson& more) {
    OrderedJson encoding = base;
    encoding.update(more);
    return OrderedJson{
        {"transform",
         {{{"filter", of_shown_sets()}}, {{"filter", {{"field", "row"}, {"equal", row}}}}}},
        {"mark", mark},
        {"encoding", encoding}};
  };
  const OrderedJson group = field("group", plane.axis.name);
  const OrderedJson of_mean = {group,
                               number("gate", "+.4~g", plane.gate),
                               number("effect", "+.3f", "mean effect"),
                               number("low", "+.3f", "95 % from"),
                               number("high", "+.3f", "to"),
                               field("valid_runs", "VALID runs")};
  const OrderedJson of_run = {group, field("seed"), number("gate", "+.4~g", plane.gate),
                              number("effect", "+.3f")};
  OrderedJson layers = OrderedJson::array({chance_line()});
  layers.push_back(layer("run",
                         {{"type", "point"}, {"filled", true}, {"size", 30}, {"opacity", 0.55}},
                         {{"shape", shape}, {"tooltip", of_run}}));
  layers.back()["params"] = OrderedJson::array({set_choice(names, "group"), zoom("zoom")});
  layers.push_back(layer(
      "mean", {{"type", "rule"}, {"strokeWidth", 2}},
      {{"y", quantitative("low", effect, {})}, {"y2", {{"field", "high"}}}, {"tooltip", of_mean}}));
  layers.push_back(layer("mean",
                         {{"type", "point"}, {"filled", true}, {"size", 150}, {"opacity", 1}},
                         {{"shape", shape}, {"tooltip", of_mean}}));
  return layers;
}

/// Below a title: lines of names, each as long as a panel is wide.
std::vector<std::string> lines_of(const std::string& beginning,
                                  const std::vector<std::string>& names) {
  constexpr size_t kLongest = 110;
  std::vector<std::string> lines = {beginning};
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = names[i] + (i + 1 < names.size() ? "; " : "");
    if (i > 0 && lines.back().size() + name.size() > kLongest) lines.emplace_back();
    lines.back() += name;
  }
  return lines;
}

Figure figure_of(const Plane& plane, const std::string& name) {
  const Value& first = *plane.groups.front();
  const std::string unit = unit_text(first, plane.above_chance()), compared = plane.compared();
  Figure figure;
  figure.name = name;
  figure.title = claim_heading(plane.part.name) + "Effect against " + plane.gate;
  figure.caption = "The effect of each VALID run over its own value of gate " + plane.gate +
                   "; large: the means of a group over VALID seeds, with the 95 % t interval of "
                   "its effect.";
  figure.csv = against_csv(plane, unit);
  figure.spec =
      new_spec(figure.title,
               "'" + text_at(plane.part.claim, "set") + "'" +
                   (compared.empty() ? "" : " minus " + compared) + plane.part.behind_prefix() +
                   ", " + scale_text(first, plane.above_chance()),
               figure.csv,
               {{"gate", "number"}, {"effect", "number"}, {"low", "number"}, {"high", "number"}});
  if (!plane.absent.empty()) {
    OrderedJson& subtitle = figure.spec["title"]["subtitle"];
    subtitle = OrderedJson::array({subtitle});
    for (std::string& line : lines_of("Not drawn: ", plane.absent)) {
      figure.caption += " " + line;
      subtitle.push_back(std::move(line));
    }
    figure.caption += ".";
  }
  figure.spec["width"] = 640;
  figure.spec["height"] = 360;
  figure.spec["layer"] = layers_of(plane, unit);
  return figure;
}

}  // namespace

std::vector<Figure> effect_against_figures(const Value& report) {
  std::vector<Figure> figures;
  const std::string gate = text_at(report, "against");
  if (gate.empty()) return figures;
  std::set<std::string> names;
  for (const Comparable& part : comparable_groups(report)) {
    for (const std::string& unit : gate_units(part, gate)) {
      figures.push_back(figure_of(Plane(part, gate, unit),
                                  part.figure_name("effect_against_" + file_name_of(gate), names)));
    }
  }
  return figures;
}

}  // namespace leakprobe
