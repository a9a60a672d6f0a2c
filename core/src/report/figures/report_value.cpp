#include "report/figures/report_value.h"

#include <algorithm>

namespace leakprobe {

std::string text_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  if (value == nullptr || value->is_null() || value->is_list() || value->is_map()) return "";
  return value->is_string() ? value->as_string() : to_json(*value);
}

std::vector<ReportAxis> report_axes(const Value& report) {
  std::vector<ReportAxis> axes;
  for (const Value& axis : report.find_items("axes")) {
    ReportAxis& read = axes.emplace_back();
    read.name = text_at(axis, "name");
    for (const Value& name : axis.find_items("cases")) read.cases.push_back(name.as_string());
  }
  if (axes.empty()) {
    ReportAxis& labels = axes.emplace_back();
    for (const Value& group : report.find_items("groups")) {
      labels.cases.push_back(text_at(group, "label"));
    }
  }
  return axes;
}

std::string case_of(const Value& group, const ReportAxis& axis) {
  const Value* labels = group.find("labels");
  return axis.name.empty() || labels == nullptr ? text_at(group, "label")
                                                : text_at(*labels, axis.name);
}

std::string valid_of_all(const Value& group) {
  return to_json(group.at("counts").at("valid")) + " of " +
         std::to_string(group.items("runs").size());
}

std::string verdict_of_all(const Value& group) {
  const Value::List& runs = group.find_items("runs");
  const std::string verdict = text_at(runs.front(), "verdict");
  const bool same = std::all_of(runs.begin(), runs.end(), [&](const Value& run) {
    return text_at(run, "verdict") == verdict;
  });
  return same ? verdict : "NONE VALID";
}

std::pair<std::string, std::string> sides_of(const Value& claim) {
  const std::string set = text_at(claim, "set");
  const Value* minus = claim.find("minus");
  if (minus == nullptr || minus->is_null()) return {set, ""};
  if (minus->is_map()) {
    std::string other;
    for (const Value::Entry& entry : minus->entries()) {
      other += (other.empty() ? "" : ", ") + text_at(*minus, entry.key);
    }
    return {set, other};
  }
  if (minus->is_list()) return {set, "taken off"};
  const std::string word = text_at(claim, "minus");
  if (word == "nothing" || word == "chance") return {set, ""};
  return {set, word == "start" ? "start of " + text_at(claim, "phase") : word};
}

std::string unit_text(const Value& group, bool above_chance) {
  const std::string unit = text_at(group, "unit"), direction = text_at(group, "direction");
  const Value* claim = group.find("claim");
  const std::string measure = claim == nullptr ? "" : text_at(*claim, "measure");
  std::string text = unit.empty() ? measure : unit;
  if (above_chance) {
    text += direction == "either" ? ", distance from chance"
            : text.empty()        ? "above chance"
                                  : " above chance";
  } else if (unit.empty()) {
    text += text.empty() ? "as measured" : ", as measured";
  }
  return direction == "smaller" ? text + " (smaller is more leak)" : text;
}

std::string scale_text(const Value& group, bool above_chance) {
  const std::string text = unit_text(group, above_chance), direction = text_at(group, "direction");
  if (direction == "larger") return text + " (larger is more leak)";
  return direction == "either" ? text + " (farther is more leak)" : text;
}

std::string claim_heading(const std::string& name) {
  return name.empty() ? "" : "Claim '" + name + "': ";
}

std::string file_name_of(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                       lower == '_' || lower == '.';
    if (plain) {
      name += lower;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.substr(0, 80);
}

}  // namespace leakprobe
