#include <algorithm>

#include "compose/compose.h"
#include "plugin/guard.h"
#include "workbench/facts_value.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

std::string full_name(const Registration& registration) {
  return std::string(name_of(registration.kind)) + "/" + registration.name;
}

Value summary(const RegisteredPlugin& plugin) {
  Value value = Value::map();
  value.set("kind", name_of(plugin.registration.kind));
  value.set("name", plugin.registration.name);
  value.set("doc", plugin.registration.doc);
  value.set("default", plugin.registration.is_default);
  value.set("library", plugin.library.string());
  return value;
}

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

/// Facts with default options; nothing where they depend on parameters that have no default.
Value default_facts(const Registration& registration) {
  try {
    const auto options = registration.parameters->make();
    return facts_value(registration.kind, registration.facts(options.get()));
  } catch (...) {
    return Value();
  }
}

/// The plugins that `name` may mean: "kind/name" means one, a bare name one of each kind.
std::vector<const RegisteredPlugin*> named(const Registry& registry, const std::string& name) {
  std::vector<const RegisteredPlugin*> found;
  for (const RegisteredPlugin* plugin : registry.plugins()) {
    if (full_name(plugin->registration) == name || plugin->registration.name == name) {
      found.push_back(plugin);
    }
  }
  return found;
}

[[noreturn]] void throw_unknown(const Registry& registry, const std::string& name) {
  std::vector<std::string> names;
  for (const RegisteredPlugin* plugin : registry.plugins()) {
    names.push_back(full_name(plugin->registration));
    names.push_back(plugin->registration.name);
  }
  const std::string near = meant_plugin(name, names);
  std::string hint = library_hint(name);
  if (hint.empty()) hint = "see 'leakprobe list'";
  if (!near.empty()) hint = "did you mean '" + near + "'?";
  throw UsageError("there is no plugin '" + name + "'; " + hint);
}

}  // namespace

Value Workbench::list(std::optional<Kind> kind) const {
  Value list = Value::list();
  for (const RegisteredPlugin* plugin : state_->registry.plugins()) {
    if (!kind || plugin->registration.kind == *kind) list.push_back(summary(*plugin));
  }
  return list;
}

Value Workbench::show(const std::string& name) const {
  state_->registry.require_named();
  const auto found = named(state_->registry, name);
  if (found.empty()) throw_unknown(state_->registry, name);
  if (found.size() > 1) {
    std::string choices;
    for (const RegisteredPlugin* plugin : found) {
      choices += (choices.empty() ? "'" : " or '") + full_name(plugin->registration) + "'";
    }
    throw UsageError("several plugins are called '" + name + "': say " + choices);
  }
  const Registration& registration = found.front()->registration;
  Value value = summary(*found.front());
  const Parameters& parameters = *registration.parameters;
  value.set("parameters",
            parameters_value(parameters.fields(), parameters.write(parameters.make().get())));
  value.set("facts", default_facts(registration));
  if (registration.model) {
    Value shapes = Value::map();
    for (const ModelRegistration::Shape& shape : registration.model->shapes) {
      Value entry = parameters.write(shape.options.get());
      entry.set("vocab_size", shape.vocab_size);
      shapes.set(shape.name, std::move(entry));
    }
    value.set("shapes", std::move(shapes));
  }
  return value;
}

Value Workbench::schema() const {
  state_->registry.require_named();
  return experiment_schema(state_->registry);
}

}  // namespace leakprobe::host
