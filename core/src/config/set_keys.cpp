#include "config/set_keys.h"

#include <algorithm>
#include <utility>

#include "config/merge.h"

namespace leakprobe {
namespace {

/// The entry of a list that a part of a path names.
const Value* entry_at(const Value& list, const std::string& part) {
  if (const Value* named = find_entry(list, part)) return named;
  const Value::List& all = list.as_list();
  for (size_t i = 0; i < all.size(); ++i) {
    if (entry_name(all[i]).empty() && std::to_string(i) == part) return &all[i];
  }
  return nullptr;
}

bool is_number(double number, const Value& value) {
  return (value.type() == Value::Type::integer || value.type() == Value::Type::number) &&
         value.as_number() == number;
}

/// What stands there; nullptr where there is nothing.
const Value* find_at(const Value& experiment, const KeyPath& path) {
  const Value* at = &experiment;
  for (const std::string& part : path) {
    at = at->is_list() ? entry_at(*at, part) : at->find(part);
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool is_beginning(const KeyPath& beginning, const KeyPath& path) {
  return beginning.size() <= path.size() &&
         std::equal(beginning.begin(), beginning.end(), path.begin());
}

KeyPath below(KeyPath path, const std::string& part) {
  path.push_back(part);
  return path;
}

bool is_merged_by_entries(const Value& value) {
  return value.is_list() && !value.as_list().empty() &&
         std::none_of(value.as_list().begin(), value.as_list().end(),
                      [](const Value& entry) { return entry_name(entry).empty(); });
}

void collect(const KeyPath& path, const Value& value, const char* naming_key,
             std::vector<SetKey>& found) {
  if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      // What names an entry of a list sets nothing: it says which one is meant.
      if (entry.key != naming_key) collect(below(path, entry.key), entry.value, "", found);
    }
    return;
  }
  if (!is_merged_by_entries(value)) {
    found.push_back({path, value});
    return;
  }
  for (const Value& entry : value.as_list()) {
    const bool by_name = entry.find("name") != nullptr;
    collect(below(path, entry_name(entry)), entry, by_name ? "name" : "type", found);
  }
}

}  // namespace

std::string text_of(const KeyPath& path) {
  std::string text;
  for (const std::string& part : path) text = child_path(text, part);
  return text;
}

bool are_one(const Value& a, const Value& b) {
  return a == b || (a.type() == Value::Type::number && is_number(a.as_number(), b)) ||
         (b.type() == Value::Type::number && is_number(b.as_number(), a));
}

std::vector<SetKey> keys_set(const KeyPath& path, const Value& value) {
  std::vector<SetKey> found;
  collect(path, value, "", found);
  return found;
}

std::vector<SetKey> whole_keys(const KeyPath& path, const Value& value) {
  if (!is_merged_by_entries(value)) return {{path, value}};
  std::vector<SetKey> keys;
  for (const Value& entry : value.as_list())
    keys.push_back({below(path, entry_name(entry)), entry});
  return keys;
}

bool is_in_place(const Value& experiment, const SetKey& key) {
  const Value* there = find_at(experiment, key.path);
  if (there == nullptr || there->is_null()) return key.value.is_null();
  return are_one(*there, key.value);
}

void SetKeys::add(const SetKey& key) {
  std::vector<SetKey>& known = keys_[key.path];
  const auto same = [&](const SetKey& other) { return are_one(other.value, key.value); };
  // Two that differ say enough: whatever else the key is set to differs from one of them.
  if (known.size() < 2 && std::none_of(known.begin(), known.end(), same)) known.push_back(key);
}

const SetKey* SetKeys::find(const SetKey& key) const {
  KeyPath above;
  for (const std::string& part : key.path) {
    if (const auto at = keys_.find(above); at != keys_.end()) return &at->second.front();
    above.push_back(part);
  }
  const auto at = keys_.lower_bound(key.path);
  if (at == keys_.end() || !is_beginning(key.path, at->first)) return nullptr;
  if (at->first.size() > key.path.size()) return &at->second.front();
  for (const SetKey& other : at->second) {
    if (!are_one(other.value, key.value)) return &other;
  }
  const auto next = std::next(at);
  return next != keys_.end() && is_beginning(key.path, next->first) ? &next->second.front()
                                                                    : nullptr;
}

}  // namespace leakprobe
