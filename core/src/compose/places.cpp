#include "compose/places.h"

#include <algorithm>
#include <utility>

#include "compose/words.h"
#include "leakprobe/diagnostic.h"

namespace leakprobe {
namespace {

bool is_same_origin(const Place& a, const Place& b) {
  return a.file == b.file || (is_command_line(a) && is_command_line(b));
}

}  // namespace

bool is_command_line(const Place& place) { return place.line == 0 && !place.file.empty(); }

void graft_places(Value& resolved, const Value& source) {
  if (source.is_string() && (resolved.is_map() || resolved.is_list())) {
    resolved = source;
    return;
  }
  if (resolved.place.line == 0 && !is_command_line(resolved.place)) resolved.place = source.place;
  if (resolved.is_map() && source.is_map()) {
    bool shared = false;
    for (Value::Entry& entry : resolved.entries()) {
      const Value* from = source.find(entry.key);
      if (from == nullptr || from->is_null()) continue;
      shared = true;
      graft_places(entry.value, *from);
    }
    if (shared) return;
    // A short form, such as a set of pairs that stands for its columns.
    for (Value::Entry& entry : resolved.entries()) graft_places(entry.value, source);
  } else if (resolved.is_list()) {
    const bool equal = source.is_list() && resolved.as_list().size() == source.as_list().size();
    for (size_t i = 0; i < resolved.as_list().size(); ++i) {
      Value& element = resolved.as_list()[i];
      if (equal) {
        graft_places(element, source.as_list()[i]);
      } else if (source.is_map()) {
        graft_places(element, source);
      }
    }
  }
}

const Value& part_at(const Value& value, const std::string& base, const std::string& path) {
  if (path == base || !value.is_map()) return value;
  const Value::Entry* next = nullptr;
  std::string next_path;
  for (const Value::Entry& entry : value.entries()) {
    std::string candidate = child_path(base, entry.key);
    const bool leads = path == candidate || path.starts_with(candidate + ".");
    // The longest key wins, since a key may hold dots.
    if (leads && candidate.size() > next_path.size()) {
      next = &entry;
      next_path = std::move(candidate);
    }
  }
  return next == nullptr || next->value.is_null() ? value : part_at(next->value, next_path, path);
}

const Value::Entry* last_set(const Value& mapping, const std::vector<std::string>& keys) {
  const Value::Entry* last = nullptr;
  // A merged mapping stands where its last file has it.
  const auto rank = [&](const Value::Entry& entry) {
    return is_command_line(entry.place) ? 2 : entry.place.file == mapping.place.file ? 1 : 0;
  };
  for (const std::string& key : keys) {
    for (const Value::Entry& entry : mapping.entries()) {
      if (entry.key != key || entry.value.is_null()) continue;
      if (last == nullptr || rank(entry) > rank(*last)) last = &entry;
    }
  }
  return last;
}

std::string hint_to_leave_out(const Value& mapping, const Value::Entry& stays,
                              const std::vector<std::string>& keys) {
  std::vector<std::pair<Place, std::vector<std::string>>> origins;  // keys of each file
  std::vector<std::string> nulls;
  const bool on_command_line = is_command_line(stays.place);
  for (const Value::Entry& entry : mapping.entries()) {
    if (!contains(keys, entry.key) || is_same_origin(entry.place, stays.place)) continue;
    auto origin = std::find_if(origins.begin(), origins.end(), [&](const auto& known) {
      return is_same_origin(known.first, entry.place);
    });
    if (origin == origins.end()) origin = origins.insert(origin, {entry.place, {}});
    origin->second.push_back(Value(entry.key).describe());
    nulls.push_back(entry.key + (on_command_line ? "=null" : ": null"));
  }
  if (origins.empty()) return "";
  std::vector<std::string> sources;
  for (const auto& [place, names] : origins) {
    sources.push_back(enumerate(names) + (names.size() == 1 ? " comes from " : " come from ") +
                      to_string(place));
  }
  return enumerate(sources) + "; write " + enumerate(nulls) +
         (on_command_line ? " under the same path" : " beside the others") + " to leave " +
         (nulls.size() == 1 ? "it" : "them") + " out";
}

}  // namespace leakprobe
