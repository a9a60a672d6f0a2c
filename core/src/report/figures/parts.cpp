#include "report/figures/parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "format/json_write.h"

namespace leakprobe {
namespace {

/// Of range.category in theme.json; after these the first comes again.
constexpr size_t kColors = 7;

}  // namespace

double rounded(double number) {
  // Numbers so large have no digits there.
  return std::abs(number) < 1e9 ? std::round(number * 1e6) / 1e6 : number;
}

OrderedJson new_spec(const std::string& title, const std::string& subtitle, const std::string& csv,
                     const OrderedJson& types) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
          {"title", {{"text", title}, {"subtitle", subtitle}}},
          {"data", {{"values", csv}, {"format", {{"type", "csv"}, {"parse", types}}}}}};
}

OrderedJson quantitative(const std::string& field, const std::string& title, OrderedJson scale) {
  OrderedJson channel = {{"field", field}, {"type", "quantitative"}, {"title", title}};
  if (!scale.empty()) channel["scale"] = std::move(scale);
  return channel;
}

OrderedJson step_axis(const std::string& field, const std::string& title, OrderedJson scale) {
  OrderedJson channel = quantitative(field, title, std::move(scale));
  channel["axis"] = {{"tickCount", 12}, {"tickMinStep", 1}};
  return channel;
}

OrderedJson scale_around(const std::vector<double>& values, OrderedJson scale) {
  if (values.empty()) return scale;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  // The numbers of figures are rounded.
  if (rounded(*low) != rounded(*high) || !std::isfinite(*low)) return scale;
  const double room = rounded(*low) == 0 ? 1 : std::abs(*low) / 2;
  scale["domain"] = {rounded(*low - room), rounded(*low + room)};
  return scale;
}

OrderedJson field(const std::string& name, const std::string& title) {
  OrderedJson channel = {{"field", name}, {"type", "nominal"}};
  if (!title.empty()) channel["title"] = title;
  return channel;
}

OrderedJson fields(const std::vector<std::string>& names) {
  OrderedJson channels = OrderedJson::array();
  for (const std::string& name : names) channels.push_back(field(name));
  return channels;
}

OrderedJson number(const std::string& name, const std::string& format, const std::string& title) {
  OrderedJson channel = {{"field", name}, {"type", "quantitative"}};
  if (!format.empty()) channel["format"] = format;
  if (!title.empty()) channel["title"] = title;
  return channel;
}

OrderedJson increase_words(const std::string& field, const std::string& as) {
  const std::string x = "datum[" + literal(field) + "]", factor = "(1 + " + x + ")";
  return {{"calculate", "!isValid(" + x + ") ? '–' : " + x + " < 10 ? format(100 * " + x +
                            ", '+.1f') + ' %' : " + factor + " < 1e6 ? '×' + format(" + factor +
                            ", ',.0f') : '×10^' + split(format(" + factor + ", '.15e'), 'e+')[1]"},
          {"as", as}};
}

OrderedJson series_color(const std::vector<std::string>& names, const std::string& column) {
  return {
      {"field", column}, {"type", "nominal"}, {"title", nullptr}, {"scale", {{"domain", names}}}};
}

OrderedJson series_shape(const std::vector<std::string>& names, const std::string& column) {
  constexpr std::array kShapes = {"circle", "diamond", "triangle-up", "square", "cross"};
  OrderedJson shapes = OrderedJson::array();
  for (size_t i = 0; i < names.size(); ++i) {
    shapes.push_back(kShapes[i / kColors % kShapes.size()]);
  }
  return {{"field", column},
          {"type", "nominal"},
          {"title", nullptr},
          {"scale", {{"domain", names}, {"range", shapes}}}};
}

OrderedJson set_choice(const std::vector<std::string>& sets, const std::string& column) {
  OrderedJson all = OrderedJson::array();
  for (const std::string& set : sets) all.push_back({{column, set}});
  return {
      {"name", "sets"},
      {"select", {{"type", "point"}, {"fields", OrderedJson::array({column})}, {"toggle", "true"}}},
      {"bind", "legend"},
      {"value", all}};
}

OrderedJson zoom(const std::string& name, bool along_x) {
  OrderedJson encodings = OrderedJson::array({"y"});
  if (along_x) encodings.push_back("x");
  return {{"name", name},
          {"select", {{"type", "interval"}, {"encodings", encodings}}},
          {"bind", "scales"}};
}

OrderedJson of_shown_sets() { return {{"param", "sets"}, {"empty", false}}; }

OrderedJson chance_line() {
  return {{"data", {{"values", {{{"chance", 0}}}}}},
          {"mark", {{"type", "rule"}, {"style", "chance"}}},
          {"encoding", {{"y", {{"field", "chance"}, {"type", "quantitative"}}}}}};
}

std::string literal(const std::string& text) { return dump_json(Json(text)); }

}  // namespace leakprobe
