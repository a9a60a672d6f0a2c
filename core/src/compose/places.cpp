#include "compose/places.h"

#include "compose/words.h"
#include "leakprobe/diagnostic.h"

namespace leakprobe {

void graft_places(Value& resolved, const Value& source) {
  if (source.is_string() && (resolved.is_map() || resolved.is_list())) {
    resolved = source;
    return;
  }
  if (resolved.place.line == 0) resolved.place = source.place;
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

std::string hint_to_leave_out(const Value& mapping, const std::vector<std::string>& keys) {
  std::vector<std::string> names;
  std::vector<std::string> nulls;
  Place first;
  for (const Value::Entry& entry : mapping.entries()) {
    // A merged mapping stands where its last file has it.
    if (!contains(keys, entry.key) || entry.place.file == mapping.place.file) continue;
    if (names.empty()) first = entry.place;
    names.push_back(Value(entry.key).describe());
    nulls.push_back(entry.key + ": null");
  }
  if (names.empty()) return "";
  const bool one = names.size() == 1;
  return enumerate(names) + (one ? " comes from " : " come from ") + to_string(first) + "; write " +
         enumerate(nulls) + " beside the others to leave " + (one ? "it" : "them") + " out";
}

}  // namespace leakprobe
