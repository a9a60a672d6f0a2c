#include "compose/places.h"

namespace leakprobe {

void graft_places(Value& resolved, const Value& source) {
  if (source.is_string() && (resolved.is_map() || resolved.is_list())) {
    resolved = source;
    return;
  }
  if (resolved.place.line == 0) resolved.place = source.place;
  if (resolved.is_map() && source.is_map()) {
    for (Value::Entry& entry : resolved.entries()) {
      const Value* from = source.find(entry.key);
      if (from != nullptr && !from->is_null()) graft_places(entry.value, *from);
    }
  } else if (resolved.is_list() && source.is_list() &&
             resolved.as_list().size() == source.as_list().size()) {
    for (size_t i = 0; i < resolved.as_list().size(); ++i) {
      graft_places(resolved.as_list()[i], source.as_list()[i]);
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

}  // namespace leakprobe
