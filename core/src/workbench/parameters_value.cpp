#include "workbench/parameters_value.h"

#include <utility>

namespace leakprobe {
namespace {

/// The properties of a mapping, or of what a list or a mapping of names holds; nullptr of others.
const Value* properties_of(const Value& schema) {
  if (const Value* own = schema.find("properties")) return own;
  for (const char* key : {"additionalProperties", "items"}) {
    if (const Value* inner = schema.find(key)) return properties_of(*inner);
  }
  const Value::List& choices = schema.find_items("anyOf");
  return choices.empty() ? nullptr : properties_of(choices.front());
}

/// What the fields of `field` are by default where it is empty itself, such as a mapping of names.
Value defaults_within(const Field& field) {
  Value defaults = Value::map();
  const Value* properties = properties_of(field.schema);
  if (properties == nullptr || !properties->is_map()) return defaults;
  for (const Value::Entry& property : properties->entries()) {
    if (const Value* value = property.value.find("default")) defaults.set(property.key, *value);
  }
  return defaults;
}

}  // namespace

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
      const bool is_given = value != nullptr && value->is_map() && !value->entries().empty();
      entry.set("parameters",
                parameters_value(field.fields, is_given ? *value : defaults_within(field)));
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace leakprobe
