#include <algorithm>

#include "compose/compose.h"
#include "config/load_experiment.h"
#include "plugin/guard.h"
#include "text/quote.h"
#include "workbench/experiment_keys.h"
#include "workbench/facts_value.h"
#include "workbench/key_completion.h"
#include "workbench/parameters_value.h"
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
  std::string near = meant_plugin(name, names);
  if (near.empty()) near = meant_word(name, key_names(registry));
  std::string hint = library_hint(name);
  if (hint.empty()) hint = "see 'leakprobe list' and 'leakprobe show keys'";
  if (!near.empty()) hint = "did you mean '" + near + "'?";
  throw UsageError("there is no plugin or key " + quote(name) + "; " + hint);
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
  state_->require_named_plugins();
  const auto found = named(state_->registry, name);
  if (found.empty()) {
    Value keys = describe_keys(state_->registry, name);
    if (keys.as_list().empty()) throw_unknown(state_->registry, name);
    Value value = Value::map();
    value.set("kind", "key");
    value.set("name", name);
    value.set("keys", std::move(keys));
    return value;
  }
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
  Value relations = Value::list();
  for (const Relation& relation : parameters.relations()) relations.push_back(relation.phrase);
  value.set("relations", std::move(relations));
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

std::vector<std::string> Workbench::complete_override(const std::filesystem::path& file,
                                                      const std::string& word) const {
  Value experiment;
  Diagnostics ignored;
  // Who is asked while a command is typed does not wait for its input.
  if (!file.empty() && file != kStandardInput) experiment = load_experiment(file, {}, ignored);
  return leakprobe::complete_override(state_->registry, experiment, word);
}

Value Workbench::schema() const {
  state_->require_named_plugins();
  return experiment_schema(state_->registry);
}

}  // namespace leakprobe::host
