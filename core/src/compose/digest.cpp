#include "compose/digest.h"

#include <map>
#include <string>
#include <utility>

#include "format/sha256.h"

namespace leakprobe {
namespace {

/// The same with keys in alphabetical order at every level, since their order in a file means
/// nothing; where it does mean something, the map becomes the list of its entries.
Value sorted(const Value& value) {
  Value list = Value::list();
  if (value.is_list()) {
    for (const Value& element : value.as_list()) list.push_back(sorted(element));
    return list;
  }
  if (!value.is_map()) return value;
  if (value.is_ordered) {
    for (const Value::Entry& entry : value.entries()) {
      Value pair = Value::map();
      pair.set(entry.key, sorted(entry.value));
      list.push_back(std::move(pair));
    }
    return list;
  }
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
