#include "config/merge.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace leakprobe {
namespace {

constexpr std::array kPhaseKeys = {"name",  "type",   "from",      "skip",    "steps",
                                   "batch", "freeze", "optimizer", "schedule"};
constexpr std::array kProbeKeys = {"name", "type", "every", "phases", "rows", "sets", "prefixes"};
constexpr std::array kOtherKeys = {"name", "type"};

template <size_t N>
bool contains(const std::array<const char*, N>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool outlives_type(const std::string& path, const std::string& key) {
  if (path == "phases") return contains(kPhaseKeys, key);
  if (path == "probes") return contains(kProbeKeys, key);
  return contains(kOtherKeys, key);
}

const std::string* text_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value != nullptr && value->is_string() ? &value->as_string() : nullptr;
}

bool changes_type(const Value& base, const Value& over) {
  const std::string* before = text_at(base, "type");
  const std::string* after = text_at(over, "type");
  return before != nullptr && after != nullptr && *before != *after;
}

bool is_list_of_named(const Value& value) {
  return value.is_list() && !value.as_list().empty() &&
         std::all_of(value.as_list().begin(), value.as_list().end(),
                     [](const Value& entry) { return !entry_name(entry).empty(); });
}

Value::Entry* entry_of(Value& map, std::string_view key) {
  for (Value::Entry& entry : map.entries()) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

void merge_maps(Value& base, const Value& over, const std::string& path) {
  if (changes_type(base, over)) {
    std::erase_if(base.entries(),
                  [&](const Value::Entry& entry) { return !outlives_type(path, entry.key); });
  }
  for (const Value::Entry& entry : over.entries()) {
    Value::Entry* present = entry_of(base, entry.key);
    if (present == nullptr) {
      base.entries().push_back(entry);
    } else if (entry.value.is_null()) {
      base.erase(entry.key);
    } else {
      merge_into(present->value, entry.value, child_path(path, entry.key));
      present->place = entry.place;
    }
  }
}

void merge_lists(Value& base, const Value& over, const std::string& path) {
  std::set<std::string> merged;
  for (const Value& entry : over.as_list()) {
    const std::string name = entry_name(entry);
    Value* present = find_entry(base, name);
    // A second entry of one name is a mistake to report later: it must not melt into the first.
    if (merged.insert(name).second && present != nullptr) {
      merge_into(*present, entry, path);
    } else {
      base.push_back(entry);
    }
  }
}

}  // namespace

std::string entry_name(const Value& entry) {
  for (const char* key : {"name", "type"}) {
    if (const std::string* text = text_at(entry, key)) return *text;
  }
  return "";
}

const Value* find_entry(const Value& list, std::string_view name) {
  if (!list.is_list() || name.empty()) return nullptr;
  for (const Value& entry : list.as_list()) {
    if (entry_name(entry) == name) return &entry;
  }
  return nullptr;
}

Value* find_entry(Value& list, std::string_view name) {
  return const_cast<Value*>(find_entry(std::as_const(list), name));
}

void merge_into(Value& base, const Value& over, const std::string& path) {
  if (base.is_map() && over.is_map()) {
    merge_maps(base, over, path);
    base.place = over.place;
  } else if (is_list_of_named(base) && is_list_of_named(over)) {
    merge_lists(base, over, path);
    base.place = over.place;
  } else {
    base = over;
  }
}

void drop_nulls(Value& value) {
  if (value.is_map()) {
    std::erase_if(value.entries(), [](const Value::Entry& entry) { return entry.value.is_null(); });
    for (Value::Entry& entry : value.entries()) drop_nulls(entry.value);
  } else if (value.is_list()) {
    for (Value& element : value.as_list()) drop_nulls(element);
  }
}

}  // namespace leakprobe
