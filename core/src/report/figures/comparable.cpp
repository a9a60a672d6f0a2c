#include "report/figures/comparable.h"

#include <algorithm>

#include "report/figures/report_value.h"

namespace leakprobe {
namespace {

bool is_above_chance(const Value& group) {
  const Value* value = group.find("above_chance");
  return value != nullptr && *value == Value(true);
}

/// The axes of `report` with the cases that its groups have.
Value occurring_axes(const Value& report) {
  Value axes = Value::list();
  for (const Value& axis : report.find_items("axes")) {
    Value cases = Value::list();
    for (const Value& name : axis.find_items("cases")) {
      for (const Value& group : report.find_items("groups")) {
        if (text_at(group.at("labels"), text_at(axis, "name")) != name.as_string()) continue;
        cases.push_back(name);
        break;
      }
    }
    Value occurring = axis;
    occurring.set("cases", std::move(cases));
    axes.push_back(std::move(occurring));
  }
  return axes;
}

/// The part in which a group is drawn: one that measures the same, or of a group that measured
/// nothing the first with its claim.
std::vector<Comparable>::iterator part_of(std::vector<Comparable>& parts, const Value& group) {
  const auto part = std::find_if(parts.begin(), parts.end(),
                                 [&](const Comparable& each) { return each.takes(group); });
  if (part != parts.end()) return part;
  return std::find_if(parts.begin(), parts.end(), [&](const Comparable& each) {
    return each.name == text_at(group, "claim_name");
  });
}

}  // namespace

Comparable::Comparable(const Value& group)
    : claim(group.at("claim")),
      scale(group),
      above_chance(is_above_chance(group)),
      unit(unit_text(group, above_chance)),
      words(scale_text(group, above_chance)),
      name(text_at(group, "claim_name")) {}

bool Comparable::takes(const Value& group) const {
  const Value* other = group.find("claim");
  return other != nullptr && text_at(group, "claim_name") == name &&
         sides_of(*other) == sides_of(claim) && unit_text(group, is_above_chance(group)) == unit;
}

bool Comparable::are_leaks() const {
  return above_chance && scale.direction != ProbeFacts::Direction::smaller;
}

std::string Comparable::common(const char* key) const {
  for (const Value& group : groups()) {
    const Value* other = group.find("claim");
    if (other != nullptr && other->is_map() && text_at(*other, key) != text_at(claim, key)) {
      return "";
    }
  }
  return text_at(claim, key);
}

std::string Comparable::behind_prefix() const {
  const std::string prefix = common("prefix");
  return prefix.empty() ? "" : " behind prefix '" + prefix + "'";
}

std::string Comparable::figure_name(const std::string& beginning,
                                    std::set<std::string>& taken) const {
  const std::string own = beginning + (name.empty() ? "" : "_" + file_name_of(name));
  std::string free = own;
  for (int number = 2; !taken.insert(free).second; ++number) {
    free = own + "_" + std::to_string(number);
  }
  return free;
}

std::vector<Comparable> comparable_groups(const Value& report) {
  std::vector<Comparable> parts;
  const auto add = [&](bool measured) {
    for (const Value& group : report.find_items("groups")) {
      const Value *claim = group.find("claim"), *statistics = group.find("statistics");
      if (claim == nullptr || !claim->is_map()) continue;
      if (measured != (statistics != nullptr && statistics->is_map())) continue;
      const auto is_known = [&](const Comparable& part) { return part.takes(group); };
      if (measured ? std::none_of(parts.begin(), parts.end(), is_known)
                   : part_of(parts, group) == parts.end()) {
        parts.emplace_back(group);
      }
    }
  };
  add(true);
  add(false);
  if (parts.empty()) return parts;
  // In the order of the claims, whichever measured something.
  const auto order_of = [&](const Comparable& part) {
    const Value::List& groups = report.find_items("groups");
    return std::find_if(
               groups.begin(), groups.end(),
               [&](const Value& group) { return text_at(group, "claim_name") == part.name; }) -
           groups.begin();
  };
  std::stable_sort(parts.begin(), parts.end(), [&](const Comparable& a, const Comparable& b) {
    return order_of(a) < order_of(b);
  });
  for (Comparable& part : parts) {
    part.report = report;
    part.report.set("groups", Value::list());
  }
  for (const Value& group : report.find_items("groups")) {
    const auto part = part_of(parts, group);
    (part == parts.end() ? parts.begin() : part)->report.at("groups").push_back(group);
  }
  if (parts.size() > 1) {
    for (Comparable& part : parts) part.report.set("axes", occurring_axes(part.report));
  }
  return parts;
}

}  // namespace leakprobe
