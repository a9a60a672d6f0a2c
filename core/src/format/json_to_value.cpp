#include "format/json_to_value.h"

#include <utility>

namespace leakprobe {

Value to_value(const JsonValue& json) {
  const Json& raw = json.raw();
  if (raw.is_object()) {
    Value map = Value::map();
    // The keys of a JSON object are unique: `set` would look through all of them each time.
    for (const std::string& key : json.keys()) {
      Value::Entry entry;
      entry.key = key;
      entry.value = to_value(json.at(key));
      map.entries().push_back(std::move(entry));
    }
    return map;
  }
  if (raw.is_array()) {
    Value list = Value::list();
    for (size_t i = 0; i < json.size(); ++i) list.push_back(to_value(json[i]));
    return list;
  }
  if (raw.is_string()) return json.as_string();
  if (raw.is_boolean()) return json.as_bool();
  if (raw.is_number_integer()) return json.as_int();
  if (raw.is_number()) return json.as_double();
  return nullptr;
}

}  // namespace leakprobe
