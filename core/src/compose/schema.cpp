#include <algorithm>
#include <set>

#include "compose/claim.h"
#include "compose/compose.h"
#include "compose/model_source.h"
#include "compose/phases.h"
#include "compose/probes.h"
#include "compose/schema_forms.h"
#include "compose/slots.h"
#include "compose/stream_reader.h"
#include "config/names.h"

namespace leakprobe {
namespace {

constexpr const char* kUntyped = "_untyped";
constexpr const char* kWithDefault = "_by_default";

Value object(Value properties) {
  Value schema = detail::pair("type", "object");
  schema.set("properties", std::move(properties));
  schema.set("additionalProperties", false);
  return schema;
}

/// A mapping of names.
Value map_of(Value content) {
  Value map = detail::pair("type", "object");
  map.set("additionalProperties", std::move(content));
  hold_names_to_rule(map);
  return map;
}

Value list_of(Value content) {
  Value list = detail::pair("type", "array");
  list.set("items", std::move(content));
  return list;
}

/// Holds for mappings whose `type` matches.
Value if_type(Value type) {
  Value condition = detail::pair("type", "object");
  condition.set("properties", detail::pair("type", std::move(type)));
  condition.set("required", Value(Value::List{"type"}));
  return condition;
}

Value implication(Value condition, Value consequence) {
  Value both = detail::pair("if", std::move(condition));
  both.set("then", std::move(consequence));
  return both;
}

/// The definitions of one kind: of each plugin and of any of them, whole and in part.
class KindSchema {
 public:
  KindSchema(Kind kind, const Registry& registry)
      : kind_(kind), name_(name_of(kind)), names_(registry.names(kind)) {
    for (const std::string& name : names_) plugins_.push_back(declared(registry.at(kind, name)));
    for (const auto& [of, map] : Slots::maps()) has_names_ = has_names_ || of == kind;
    if (const Registration* chosen = registry.default_of(kind)) default_type_ = chosen->name;
  }

  void add_to(Value& definitions) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      const std::string name = name_ + "." + names_[i];
      definitions.set(name, strict_form(plugins_[i]));
      definitions.set(name + kPartSuffix, part_of(plugins_[i]));
    }
    definitions.set(name_ + kUntyped, untyped());
    definitions.set(name_, any(true, ""));
    definitions.set(name_ + kPartSuffix, any(false, ""));
    // These stand in an experiment without their type.
    if (kind_ != Kind::optimizer && kind_ != Kind::schedule) return;
    definitions.set(name_ + kWithDefault, any(true, default_type_));
    definitions.set(name_ + kWithDefault + kPartSuffix, reference_to(name_ + kPartSuffix));
  }

  /// Options and keys of all plugins, each as it may stand where the type is not known.
  Value untyped() const {
    Value properties = Value::map();
    for (const Value& plugin : plugins_) {
      const Value part = part_form(plugin);
      for (const Value::Entry& entry : part.at("properties").entries()) {
        if (entry.key == "type") continue;
        Value* known = properties.find(entry.key);
        if (known == nullptr) {
          properties.set(entry.key, detail::pair("anyOf", Value(Value::List{entry.value})));
          continue;
        }
        Value::List& all = known->at("anyOf").as_list();
        if (std::find(all.begin(), all.end(), entry.value) == all.end()) all.push_back(entry.value);
      }
    }
    Value schema = object(std::move(properties));
    const Value keys = engine_keys();
    if (const Value* rules = keys.find("allOf")) schema.set("allOf", *rules);
    return schema;
  }

 private:
  /// What the engine reads of every plugin of the kind, besides the plugin's own options.
  Value engine_keys() const {
    switch (kind_) {
      case Kind::model:
        return model_keys_schema();
      case Kind::probe:
        return probe_keys_schema();
      case Kind::phase: {
        Value keys = phase_keys_schema();
        // A phase may change single options of the experiment's, without naming the plugin.
        for (const char* slot : {"optimizer", "schedule"}) {
          keys.at("properties").set(slot, reference_to(slot + std::string(kPartSuffix)));
        }
        return keys;
      }
      default:
        return Value::map();
    }
  }

  Value declared(const Registration& plugin) const {
    Value schema = Value::map();
    schema.set("title", plugin.name);
    schema.set("description", plugin.doc);
    detail::merge_schema(schema, plugin.parameters->schema());
    const Value* required = schema.find("required");
    Value keys = required != nullptr ? *required : Value::list();
    keys.push_back("type");
    detail::merge_schema(schema, engine_keys());
    Value& properties = schema.at("properties");
    properties.set("type", detail::pair("const", plugin.name));
    if (kind_ == Kind::model) {
      Value shapes = Value::list();
      shapes.push_back("");
      for (const auto& shape : plugin.model->shapes) shapes.push_back(shape.name);
      properties.at("shape").set("enum", std::move(shapes));
    }
    schema.set("required", std::move(keys));
    return schema;
  }

  /// Another plugin's options may be named to take them away.
  Value part_of(const Value& plugin) const {
    Value part = part_form(plugin);
    Value& properties = part.at("properties");
    for (const Value& other : plugins_) {
      for (const Value::Entry& entry : other.at("properties").entries()) {
        if (properties.find(entry.key) != nullptr) continue;
        properties.set(entry.key, detail::pair("type", "null"));
      }
    }
    return part;
  }

  Value known_types() const {
    if (names_.empty()) return detail::pair("not", Value::map());
    Value known = Value::list();
    for (const std::string& name : names_) known.push_back(name);
    return detail::pair("enum", std::move(known));
  }

  /// Plugins that only the experiment's own libraries hold are not known here; their names have a
  /// dot.
  Value type_schema() const {
    Value dotted = detail::pair("type", "string");
    dotted.set("pattern", "\\.");
    Value type = detail::pair("description", "Which " + name_ + " plugin.");
    type.set("anyOf", Value(Value::List{known_types(), std::move(dotted)}));
    return type;
  }

  /// A mapping that says which plugin it means, or the name of one; `default_type` where it need
  /// not say it.
  Value any(bool whole, const std::string& default_type) const {
    Value by_type = Value::list();
    const std::string suffix = whole ? "" : kPartSuffix;
    for (const std::string& name : names_) {
      by_type.push_back(implication(if_type(detail::pair("const", name)),
                                    reference_to(name_ + "." + name + suffix)));
    }
    by_type.push_back(implication(if_type(detail::pair("not", known_types())),
                                  detail::pair("properties", other_keys().at("properties"))));
    const Value has_type = detail::pair("required", Value(Value::List{"type"}));
    if (!whole || !default_type.empty()) {
      const std::string untyped_name =
          default_type.empty() ? name_ + kUntyped : name_ + "." + default_type + kPartSuffix;
      by_type.push_back(implication(detail::pair("not", has_type), reference_to(untyped_name)));
    }
    Value schema = Value::map();
    schema.set("type", has_names_ ? Value(Value::List{"string", "object"}) : Value("object"));
    if (has_names_) schema.set("minLength", 1);
    Value choice = detail::pair("properties", detail::pair("type", type_schema()));
    if (whole && default_type.empty()) choice.set("required", has_type.at("required"));
    choice.set("allOf", std::move(by_type));
    if (!whole) {
      for (Value::Entry& entry : choice.entries()) schema.set(entry.key, std::move(entry.value));
      return schema;
    }
    schema.set("if", reference_to("extending"));
    schema.set("then", reference_to(name_ + kPartSuffix));
    schema.set("else", std::move(choice));
    return schema;
  }

  /// The engine's keys beside the options of a plugin that is not known.
  Value other_keys() const {
    const Value keys = engine_keys();
    return keys.find("properties") == nullptr ? object(Value::map()) : part_form(keys);
  }

  const Kind kind_;
  const std::string name_;
  const std::vector<std::string> names_;
  std::vector<Value> plugins_;
  std::string default_type_;  ///< "" = none
  bool has_names_ = false;    ///< whether there is a top-level map of such plugins
};

/// The keys of an experiment.
Value declared_experiment() {
  Value schema = settings_schema().schema();
  Value& properties = schema.at("properties");
  for (const char* key : {"model", "task"}) properties.set(key, reference_to(key));
  for (const char* key : {"optimizer", "schedule"}) {
    properties.set(key, reference_to(key + std::string(kWithDefault)));
  }
  for (const auto& [kind, map] : Slots::maps()) {
    properties.set(map, map_of(reference_to(std::string(name_of(kind)))));
  }
  properties.set("streams", map_of(reference_to("stream")));
  properties.set("phases", list_of(reference_to("phase")));
  properties.at("phases").set("minItems", 1);
  properties.set("probes", list_of(reference_to("probe")));
  properties.set("claim", claim_schema());
  properties.set("claims", list_of(claim_schema()));
  properties.at("claims").set("minItems", 1);
  properties.set("sweep", reference_to("sweep"));
  detail::merge_schema(properties.at("name"), name_schema());
  exclude_each_other(schema, {"claim", "claims"});
  schema.set("required", Value(Value::List{"model", "task", "phases"}));
  return schema;
}

Value range_schema() {
  Value ends = list_of(detail::pair("type", "integer"));
  ends.set("minItems", 2);
  ends.set("maxItems", 2);
  Value step = detail::pair("type", "integer");
  step.set("minimum", 1);
  Value properties = detail::pair("range", std::move(ends));
  properties.set("step", std::move(step));
  return object(std::move(properties));
}

/// An axis: values of a path, each of which is like `value`, a range of integers, or named cases.
Value axis_schema(const Value* value) {
  Value axis = detail::pair("type", Value(Value::List{"array", "object", "null"}));
  axis.set("minItems", 1);
  axis.set("uniqueItems", true);
  axis.set("minProperties", 1);
  if (value != nullptr) axis.set("items", or_null(*value));
  Value is_range = detail::pair("type", "object");
  is_range.set("required", Value(Value::List{"range"}));
  axis.set("if", std::move(is_range));
  axis.set("then", range_schema());
  axis.set("else", map_of(reference_to("case")));
  axis.at("else").erase("type");
  return axis;
}

/// The paths of which it is known what stands there: the experiment's keys, and options of the
/// plugins that it holds once.
Value sweep_schema(const Value& part, const std::vector<std::pair<std::string, Value>>& slots) {
  Value properties = Value::map();
  for (const Value::Entry& entry : part.at("properties").entries()) {
    if (entry.key == "sweep" || entry.key == "extends") continue;
    properties.set(entry.key, axis_schema(&entry.value));
    const Value* inner = entry.value.find("properties");
    if (inner == nullptr) continue;
    for (const Value::Entry& key : inner->entries()) {
      if (key.key == "extends") continue;
      properties.set(child_path(entry.key, key.key), axis_schema(&key.value));
    }
  }
  for (const auto& [slot, untyped] : slots) {
    for (const Value::Entry& key : untyped.at("properties").entries()) {
      if (key.key == "extends") continue;
      properties.set(child_path(slot, key.key), axis_schema(&key.value));
    }
  }
  Value sweep = detail::pair("type", "object");
  sweep.set("description",
            "The axes of a sweep: a path with a list of values or {range: [first, last], step: 1}, "
            "or a name with cases, each a part of an experiment.");
  sweep.set("properties", std::move(properties));
  sweep.set("additionalProperties", axis_schema(nullptr));
  hold_names_to_rule(sweep);
  return sweep;
}

}  // namespace

Value experiment_schema(const Registry& registry) {
  Value definitions = Value::map();
  add_form_definitions(definitions);
  std::vector<std::pair<std::string, Value>> slots;
  for (size_t i = 0; i < kKindNames.size(); ++i) {
    const auto kind = static_cast<Kind>(i);
    const KindSchema schema(kind, registry);
    schema.add_to(definitions);
    if (kind == Kind::model || kind == Kind::task || kind == Kind::optimizer ||
        kind == Kind::schedule) {
      slots.emplace_back(kKindNames[i], schema.untyped());
    }
  }
  definitions.set("stream", stream_schema(true));
  definitions.set(std::string("stream") + kPartSuffix, stream_schema(false));

  const Value declared = declared_experiment();
  const Value part = part_form(declared);
  definitions.set("sweep", sweep_schema(part, slots));
  definitions.set(std::string("sweep") + kPartSuffix, reference_to("sweep"));
  Value no_sweep = detail::pair("not", detail::pair("required", Value(Value::List{"sweep"})));
  Value a_case = detail::pair("allOf", Value(Value::List{part, std::move(no_sweep)}));
  definitions.set("case", or_null(detail::pair("anyOf", Value(Value::List{std::move(a_case)}))));

  Value all = Value::map();
  all.set("$schema", "https://json-schema.org/draft/2020-12/schema");
  all.set("title", "leakprobe experiment");
  const Value form = whole_form(declared);
  for (const Value::Entry& entry : form.entries()) all.set(entry.key, entry.value);
  all.set("$defs", std::move(definitions));
  return all;
}

}  // namespace leakprobe
