#include "compose/digest.h"

#include <map>
#include <string>

#include "format/sha256.h"

namespace leakprobe {
namespace {

/// The same with keys in alphabetical order at every level: their order in a file means nothing.
Value sorted(const Value& value) {
  if (value.is_list()) {
    Value list = Value::list();
    for (const Value& element : value.as_list()) list.push_back(sorted(element));
    return list;
  }
  if (!value.is_map()) return value;
  std::map<std::string, const Value*> entries;
  for (const Value::Entry& entry : value.entries()) entries.emplace(entry.key, &entry.value);
  Value map = Value::map();
  for (const auto& [key, content] : entries) map.set(key, sorted(*content));
  return map;
}

}  // namespace

Value counted_part(const Value& resolved) {
  Value counted = resolved;
  for (const char* key : {"name", "seed", "threads", "sinks", "checkpoints", "plugins"}) {
    counted.erase(key);
  }
  return counted;
}

std::string composition_digest(const Value& resolved) {
  return short_digest(counted_part(resolved));
}

std::string short_digest(const Value& value) {
  return sha256_hex(to_json(sorted(value))).substr(0, 16);
}

}  // namespace leakprobe
