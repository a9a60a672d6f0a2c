#include "compose/differences.h"

#include <algorithm>

#include "compose/digest.h"

namespace leakprobe {
namespace {

const Value kNothing;

/// The name of a list's entry; empty where it has none.
std::string name_of(const Value& entry) {
  const Value* name = entry.find("name");
  return name != nullptr && name->is_string() ? name->as_string() : "";
}

/// A list whose entries have names as a map by these names.
Value by_name(const Value& list) {
  Value map = Value::map();
  for (const Value& entry : list.as_list()) {
    const std::string name = name_of(entry);
    if (name.empty() || map.find(name) != nullptr) return {};
    map.set(name, entry);
  }
  return map;
}

void collect(const Value& first, const Value& second, const std::string& path,
             std::vector<Difference>& found) {
  if (first == second) return;
  if (first.is_list() && second.is_list()) {
    const Value named = by_name(first), other = by_name(second);
    const size_t before = found.size();
    if (!named.is_null() && !other.is_null()) collect(named, other, path, found);
    if (found.size() > before) return;  // otherwise they differ in their order
  }
  if (!first.is_map() || !second.is_map()) return found.push_back({path, first, second});
  for (const Value::Entry& entry : first.entries()) {
    const Value* other = second.find(entry.key);
    collect(entry.value, other ? *other : kNothing, child_path(path, entry.key), found);
  }
  for (const Value::Entry& entry : second.entries()) {
    if (first.find(entry.key) == nullptr) {
      collect(kNothing, entry.value, child_path(path, entry.key), found);
    }
  }
}

std::vector<std::string> steps_of(const std::string& path) {
  std::vector<std::string> steps;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    steps.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return steps;
}

}  // namespace

std::vector<Difference> differences(const Value& first, const Value& second) {
  std::vector<Difference> found;
  collect(counted_part(first), counted_part(second), "", found);
  // Experiments that use other plugins differ in these, not in how they were built.
  std::erase_if(found, [](const Difference& one) {
    return one.path.starts_with("build.") && (one.first.is_null() || one.second.is_null());
  });
  return found;
}

Value value_at(const Value& experiment, const std::string& path) {
  Value at = experiment;
  for (const std::string& step : steps_of(path)) {
    if (at.is_list()) at = by_name(at);
    const Value* next = at.find(step);
    if (next == nullptr) return {};
    at = Value(*next);
  }
  return at;
}

void set_value_at(Value& experiment, const std::string& path, Value value) {
  Value* at = &experiment;
  for (const std::string& step : steps_of(path)) {
    Value* next = at->find(step);
    if (at->is_list()) {
      for (Value& element : at->as_list()) {
        if (name_of(element) == step) next = &element;
      }
    }
    if (next == nullptr) return;
    at = next;
  }
  *at = std::move(value);
}

const std::vector<std::string>& pooled_kinds() {
  static const std::vector<std::string> kinds = {"compute", "optimizer", "data", "build"};
  return kinds;
}

std::string pooled_kind(const std::string& path) {
  const std::vector<std::string> steps = steps_of(path);
  const std::string& first = steps.front();
  if (first == "build") return "build";
  if (first == "compute" || first == "device" || first == "rows_per_pass") return "compute";
  const auto passes = [&](const char* step) {
    return std::find(steps.begin(), steps.end(), step) != steps.end();
  };
  if (passes("optimizer") || passes("optimizers") || passes("schedule") || passes("schedules")) {
    return "optimizer";
  }
  if (first == "task" || first == "streams" || passes("rows") || passes("pairs")) return "data";
  return "";
}

std::string text_of(const Difference& difference) {
  const auto text = [](const Value& value) { return value.is_null() ? "absent" : to_json(value); };
  return difference.path + " is " + text(difference.first) + " or " + text(difference.second);
}

}  // namespace leakprobe
