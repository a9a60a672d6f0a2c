#include "workbench/parameters_value.h"

#include <utility>

namespace leakprobe {

Value parameters_value(const std::vector<Field>& fields, const Value& defaults) {
  Value list = Value::list();
  for (const Field& field : fields) {
    Value entry = Value::map();
    entry.set("name", field.name);
    entry.set("type", field.type);
    entry.set("required", field.required);
    const Value* value = defaults.find(field.name);
    entry.set("default", field.required || value == nullptr ? Value() : *value);
    entry.set("range", field.range);
    entry.set("unit", field.unit);
    entry.set("doc", field.doc);
    if (!field.words.empty()) {
      Value words = Value::map();
      for (const auto& [word, doc] : field.words) words.set(word, doc);
      entry.set("words", std::move(words));
    }
    if (!field.fields.empty()) {
      entry.set("parameters",
                parameters_value(field.fields, value != nullptr ? *value : Value::map()));
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace leakprobe
