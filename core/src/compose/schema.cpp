#include "compose/claim.h"
#include "compose/compose.h"
#include "compose/model_source.h"
#include "compose/phases.h"
#include "compose/probes.h"
#include "compose/slots.h"
#include "compose/stream_reader.h"

namespace leakprobe {
namespace {

Value reference_to(const std::string& name) { return detail::pair("$ref", "#/$defs/" + name); }

/// What the engine reads of every plugin of a kind, besides the plugin's own options.
Value engine_keys(Kind kind) {
  switch (kind) {
    case Kind::model:
      return model_keys_schema();
    case Kind::probe:
      return probe_keys_schema();
    case Kind::phase: {
      Value keys = phase_keys_schema();
      for (const char* slot : {"optimizer", "schedule"}) {
        // A phase may change single options of the experiment's, without naming the plugin.
        Value either = Value::list();
        either.push_back(reference_to(slot));
        either.push_back(detail::pair("type", "object"));
        keys.find("properties")->set(slot, detail::pair("anyOf", std::move(either)));
      }
      return keys;
    }
    default:
      return Value::map();
  }
}

/// Any plugin of `kind`, or a name under the kind's top-level map.
Value slot_schema(Kind kind, const Registry& registry) {
  Value either = Value::list();
  for (const std::string& name : registry.names(kind)) {
    const Registration& plugin = *registry.find(kind, name);
    Value schema = plugin.parameters->schema();
    schema.set("title", name);
    schema.set("description", plugin.doc);
    detail::merge_schema(schema, engine_keys(kind));
    schema.find("properties")->set("type", detail::pair("const", name));
    Value required = Value::list();
    required.push_back("type");
    for (const Field& field : plugin.parameters->fields()) {
      if (field.required) required.push_back(field.name);
    }
    schema.set("required", std::move(required));
    either.push_back(std::move(schema));
  }
  for (const auto& [of, map] : Slots::maps()) {
    if (of == kind) either.push_back(detail::pair("type", "string"));
  }
  return detail::pair("anyOf", std::move(either));
}

Value map_of(Value content) {
  Value map = detail::pair("type", "object");
  map.set("additionalProperties", std::move(content));
  return map;
}

Value list_of(Value content) {
  Value list = detail::pair("type", "array");
  list.set("items", std::move(content));
  return list;
}

}  // namespace

Value experiment_schema(const Registry& registry) {
  Value defs = Value::map();
  for (const char* name : kKindNames) {
    const auto kind = static_cast<Kind>(&name - kKindNames.data());
    defs.set(name, slot_schema(kind, registry));
  }
  defs.set("stream", stream_schema());

  Value schema = settings_schema().schema();
  Value& properties = *schema.find("properties");
  Value extends = Value::list();
  extends.push_back(detail::pair("type", "string"));
  extends.push_back(list_of(detail::pair("type", "string")));
  properties.set("extends", detail::pair("anyOf", std::move(extends)));
  for (const char* key : {"model", "task"}) properties.set(key, reference_to(key));
  for (const auto& [kind, map] : Slots::maps()) {
    properties.set(map, map_of(reference_to(std::string(name_of(kind)))));
  }
  properties.set("streams", map_of(reference_to("stream")));
  properties.set("phases", list_of(reference_to("phase")));
  properties.set("probes", list_of(reference_to("probe")));
  properties.set("claim", claim_schema());
  properties.set("sweep", detail::pair("type", "object"));

  Value all = Value::map();
  all.set("$schema", "https://json-schema.org/draft/2020-12/schema");
  all.set("title", "leakprobe experiment");
  for (const Value::Entry& entry : schema.entries()) all.set(entry.key, entry.value);
  // Fragments that others extend need not be complete.
  all.erase("required");
  all.set("$defs", std::move(defs));
  return all;
}

}  // namespace leakprobe
