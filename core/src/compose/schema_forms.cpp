#include "compose/schema_forms.h"

#include <algorithm>
#include <utility>

#include "config/names.h"
#include "leakprobe/kind.h"
#include "leakprobe/params.h"

namespace leakprobe {
namespace {

constexpr const char* kDefinitions = "#/$defs/";
constexpr const char* kExtends = "extends";
constexpr const char* kExtending = "extending";

bool is_type(const Value& schema, const char* type) {
  const Value* said = schema.find("type");
  return said != nullptr && *said == Value(type);
}

/// The name of the definition that `schema` refers to; "" where it is no reference.
std::string name_of_reference(const Value& schema) {
  const Value* reference = schema.find("$ref");
  return reference == nullptr ? ""
                              : reference->as_string().substr(std::string(kDefinitions).size());
}

bool is_slot(const Value& schema) {
  const std::string name = name_of_reference(schema);
  return std::find(kKindNames.begin(), kKindNames.end(), name) != kKindNames.end();
}

template <class Form>
Value alternatives(const Value& schema, Form form) {
  Value changed = schema;
  for (Value& each : changed.at("anyOf").as_list()) each = form(each);
  return changed;
}

Value object_form(const Value& schema, bool whole) {
  const auto form = [&](const Value& child) {
    return whole ? whole_form(child) : part_form(child);
  };
  Value changed = schema;
  const Value* required = schema.find("required");
  const auto is_required = [&](const std::string& key) {
    return required != nullptr && std::find(required->as_list().begin(), required->as_list().end(),
                                            Value(key)) != required->as_list().end();
  };
  Value properties = Value::map();
  if (const Value* declared = schema.find("properties")) {
    for (const Value::Entry& entry : declared->entries()) {
      Value property = form(entry.value);
      properties.set(entry.key, is_required(entry.key) ? std::move(property) : or_null(property));
    }
  }
  properties.set(kExtends, reference_to(kExtends));
  changed.set("properties", std::move(properties));
  if (!whole) changed.erase("required");
  const Value* more = schema.find("additionalProperties");
  if (more != nullptr && more->is_map()) changed.set("additionalProperties", or_null(form(*more)));
  return changed;
}

/// Lists whose entries have names are merged entry by entry; all others replace.
Value part_of_list(const Value& schema) {
  Value changed = schema;
  Value& items = changed.at("items");
  if (!is_slot(items)) {
    items = whole_form(items);
    return changed;
  }
  Value named = Value::list();
  for (const char* key : {"name", "type", kExtends}) {
    named.push_back(detail::pair("required", Value(Value::List{key})));
  }
  Value entry = Value::map();
  entry.set("allOf", Value(Value::List{part_form(items)}));
  entry.set("anyOf", std::move(named));
  items = std::move(entry);
  return changed;
}

}  // namespace

Value reference_to(const std::string& name) { return detail::pair("$ref", kDefinitions + name); }

Value or_null(Value schema) {
  const Value null = detail::pair("type", "null");
  if (Value* either = schema.find("anyOf")) {
    const Value::List& all = either->as_list();
    if (std::find(all.begin(), all.end(), null) == all.end()) either->push_back(null);
    return schema;
  }
  Value* type = schema.find("type");
  const bool plain = schema.find("enum") == nullptr && schema.find("const") == nullptr &&
                     schema.find("if") == nullptr;
  if (type != nullptr && plain) {
    if (type->is_string()) *type = Value(Value::List{*type});
    const Value::List& all = type->as_list();
    if (std::find(all.begin(), all.end(), Value("null")) == all.end()) type->push_back("null");
    return schema;
  }
  Value either = Value::map();
  for (const char* key : {"description", "default"}) {
    const Value* said = schema.find(key);
    if (said == nullptr) continue;
    either.set(key, *said);
    schema.erase(key);
  }
  either.set("anyOf", Value(Value::List{std::move(schema), null}));
  return either;
}

Value whole_form(const Value& schema) {
  if (schema.find("anyOf") != nullptr) return alternatives(schema, whole_form);
  if (is_type(schema, "array")) {
    Value changed = schema;
    Value* items = changed.find("items");
    if (items != nullptr) *items = whole_form(*items);
    return changed;
  }
  if (!is_type(schema, "object")) return schema;
  Value form = Value::map();
  for (const char* key : {"description", "default"}) {
    if (const Value* said = schema.find(key)) form.set(key, *said);
  }
  form.set("type", "object");
  form.set("if", reference_to(kExtending));
  form.set("then", part_form(schema));
  form.set("else", strict_form(schema));
  return form;
}

Value strict_form(const Value& schema) { return object_form(schema, true); }

Value part_form(const Value& schema) {
  if (schema.find("anyOf") != nullptr) return alternatives(schema, part_form);
  if (const std::string name = name_of_reference(schema); !name.empty()) {
    Value changed = schema;
    if (!name.ends_with(kPartSuffix)) changed.set("$ref", kDefinitions + name + kPartSuffix);
    return changed;
  }
  if (is_type(schema, "array") && schema.find("items") != nullptr) return part_of_list(schema);
  return is_type(schema, "object") ? object_form(schema, false) : schema;
}

void exclude_each_other(Value& schema, const std::vector<std::string>& keys) {
  const Value none = detail::pair("enum", Value(Value::List{Value(), ""}));
  const Value given = detail::pair("not", none);
  Value all = Value::list();
  for (size_t i = 0; i < keys.size(); ++i) {
    for (size_t j = i + 1; j < keys.size(); ++j) {
      Value both = detail::pair("type", "object");
      both.set("required", Value(Value::List{keys[i], keys[j]}));
      both.set("properties", detail::pair(keys[i].c_str(), given));
      both.at("properties").set(keys[j], given);
      all.push_back(detail::pair("not", std::move(both)));
    }
  }
  schema.set("allOf", std::move(all));
}

void hold_names_to_rule(Value& schema) { schema.set("propertyNames", name_schema()); }

void add_form_definitions(Value& definitions) {
  Value file = detail::pair("type", "string");
  file.set("minLength", 1);
  Value files = detail::pair("type", Value(Value::List{"string", "array", "null"}));
  files.set("description",
            "Files whose mappings are taken over at this place, the later ones on top of the "
            "earlier ones and this mapping on top of all; relative to this file.");
  files.set("minLength", 1);
  files.set("items", std::move(file));
  definitions.set(kExtends, std::move(files));

  Value extending = detail::pair("type", "object");
  extending.set("required", Value(Value::List{kExtends}));
  extending.set(
      "properties",
      detail::pair(kExtends, detail::pair("type", Value(Value::List{"string", "array"}))));
  definitions.set(kExtending, std::move(extending));
}

}  // namespace leakprobe
