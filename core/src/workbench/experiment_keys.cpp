#include "workbench/experiment_keys.h"

#include <optional>
#include <utility>

#include "compose/claim.h"
#include "compose/model_source.h"
#include "compose/phases.h"
#include "compose/probes.h"
#include "compose/rollout_reader.h"
#include "compose/settings.h"
#include "compose/slots.h"
#include "compose/source_reader.h"
#include "workbench/parameters_value.h"

namespace leakprobe {
namespace {

Value values_of(const Parameters& parameters) {
  return parameters_value(parameters.fields(), parameters.write(parameters.make().get()));
}

Value key_entry(const std::string& name, const std::string& type, const std::string& doc,
                bool required = false) {
  Value value = Value::map();
  value.set("name", name);
  value.set("type", type);
  value.set("required", required);
  value.set("default", nullptr);
  value.set("range", "");
  value.set("unit", "");
  value.set("doc", doc);
  return value;
}

std::optional<Kind> kind_called(const std::string& name) {
  for (size_t i = 0; i < kKindNames.size(); ++i) {
    if (name == kKindNames[i]) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

/// The kind of the plugins that stand at a top-level key, directly or in its entries.
std::optional<Kind> kind_at(const std::string& key) {
  for (const auto& [kind, map] : Slots::maps()) {
    if (key == map) return kind;
  }
  if (key == "phases" || key == "probes" || key == "sinks") {
    return kind_called(key.substr(0, key.size() - 1));
  }
  return kind_called(key);
}

void append_all(Value& list, const Value& more) {
  for (const Value& each : more.as_list()) list.push_back(each);
}

/// What a phase takes beside its type's options: the experiment's, changed for it.
Value own_optimizer_and_schedule() {
  Value list = Value::list();
  list.push_back(key_entry("optimizer", "optimizer",
                           "How this phase changes parameters; single options change the "
                           "experiment's optimizer."));
  list.push_back(key_entry("schedule", "schedule",
                           "The learning rate over this phase; single options change the "
                           "experiment's schedule."));
  return list;
}

/// The engine's keys of the plugins of a kind.
Value engine_keys(Kind kind) {
  Value keys = Value::list();
  keys.push_back(
      key_entry("type", "text", "Which " + std::string(name_of(kind)) + " plugin.", true));
  if (kind == Kind::model) append_all(keys, values_of(model_parameters()));
  if (kind == Kind::probe) append_all(keys, values_of(probe_parameters()));
  if (kind == Kind::phase) {
    append_all(keys, values_of(phase_parameters()));
    append_all(keys, own_optimizer_and_schedule());
  }
  return keys;
}

/// What a stream may say: a source, or a rollout.
Value stream_keys() {
  const Value source = values_of(source_parameters());
  Value planted = source;
  append_all(planted, values_of(plant_parameters()));
  Value plant = key_entry("plant", "source", kPlantDoc);
  plant.set("parameters", std::move(planted));
  Value keys = source;
  append_all(keys, values_of(rollout_parameters()));
  keys.push_back(std::move(plant));
  return keys;
}

/// The top-level keys, each with those below it that are the engine's.
Value top_keys(const Registry& registry) {
  Value all = Value::list();
  const auto add = [&](const char* name, const char* type, const char* doc, bool required = false,
                       Value parameters = Value::list()) {
    Value value = key_entry(name, type, doc, required);
    if (!parameters.as_list().empty()) value.set("parameters", std::move(parameters));
    all.push_back(std::move(value));
  };
  add("extends", "text or list of text",
      "Files whose mappings are taken over at this place, this mapping on top of them: mappings "
      "merge, and so do lists of what has names (or types, where it has no name), entry by entry; "
      "new entries come last, a null takes a key away, another type drops the former one's "
      "parameters, and any other list stands in place of the former one.");
  append_all(all, values_of(settings_schema()));
  for (const char* name : {"optimizer", "schedule", "sinks"}) {
    const Registration* plugin = registry.default_of(*kind_at(name));
    for (Value& value : all.as_list()) {
      if (value.text("name") == name && plugin != nullptr) value.set("default", plugin->name);
    }
  }
  add("model", "model",
      "The model that is trained: from files, of a known shape, or of dimensions.", true,
      engine_keys(Kind::model));
  add("task", "task", "What the rows are: sets, prefixes, secrets and their roles.", true,
      engine_keys(Kind::task));
  add("objectives", "mapping of names to objectives", "Objectives that phases name.", false,
      engine_keys(Kind::objective));
  add("streams", "mapping of names to streams",
      "Rows that phases name: a source, a list of them, columns of sources, or a rollout.", false,
      stream_keys());
  add("freezings", "mapping of names to freezings", "Freezings that phases name.", false,
      engine_keys(Kind::freezing));
  add("optimizers", "mapping of names to optimizers", "Optimizers that phases name.", false,
      engine_keys(Kind::optimizer));
  add("schedules", "mapping of names to schedules", "Schedules that phases name.", false,
      engine_keys(Kind::schedule));
  add("rewards", "mapping of names to rewards", "Rewards that streams name.", false,
      engine_keys(Kind::reward));
  add("phases", "list of phases", "What happens to the model, one phase after the other.", true,
      engine_keys(Kind::phase));
  add("probes", "list of probes", "What is measured, in which phases and how often.", false,
      engine_keys(Kind::probe));
  add("claim", "claim", "What the run is to find out; it decides how the run ends.", false,
      values_of(claim_parameters()));
  add("claims", "list of claims",
      "Several claims, each with a name; the first is the deciding one.", false,
      values_of(claim_parameters()));
  add("sweep", "mapping of axes",
      "What a sweep varies: a path with a list of values or {range: [first, last], step: 1}, or a "
      "name with cases, each a part of an experiment.");
  return all;
}

/// The parts of a path; "[0]" is one of its own.
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::string part;
  const auto end_part = [&] {
    if (!part.empty()) parts.push_back(std::exchange(part, ""));
  };
  for (const char c : path) {
    if (c == '.' || c == '[') end_part();
    if (c == '.') continue;
    part += c;
    if (c == ']') end_part();
  }
  end_part();
  return parts;
}

/// Follows a path through keys, engine's and plugins'.
class Finder {
 public:
  Finder(const Registry& registry, std::string path)
      : registry_(registry), path_(std::move(path)), parts_(parts_of(path_)) {}

  Value find() {
    const Value top = top_keys(registry_);
    for (const Value& value : top.as_list()) {
      if (!parts_.empty() && value.text("name") == parts_.front()) {
        follow(value, kind_at(parts_.front()), "", 1);
      }
    }
    return std::move(found_);
  }

 private:
  /// `of`: the plugin whose option `value` is; `next`: the part of the path that comes then.
  void follow(const Value& value, std::optional<Kind> kind, const std::string& of, size_t next) {
    if (next == parts_.size()) return add(value, kind, of);
    const size_t before = found_.as_list().size();
    descend(value, kind, of, next);
    // A name or number of an entry, which says nothing about its keys.
    if (found_.as_list().size() > before) return;
    if (next + 1 < parts_.size()) return descend(value, kind, of, next + 1);
    if (parts_[next].starts_with("[")) add(value, kind, of);
  }

  void descend(const Value& value, std::optional<Kind> kind, const std::string& of, size_t next) {
    const auto inner = [&](const Value& list, const std::string& whose) {
      for (const Value& each : list.as_list()) {
        if (each.text("name") != parts_[next]) continue;
        const std::string type = each.text("type");
        follow(each, kind_called(type), whose, next + 1);
        return true;
      }
      return false;
    };
    const Value* own = value.find("parameters");
    if (own != nullptr && inner(*own, of)) return;
    if (value.text("type") == "stream" && inner(stream_keys(), of)) return;
    if (!kind || (own == nullptr && inner(engine_keys(*kind), of))) return;
    for (const RegisteredPlugin* plugin : registry_.plugins()) {
      const Registration& registration = plugin->registration;
      if (registration.kind != *kind) continue;
      inner(values_of(*registration.parameters),
            std::string(name_of(*kind)) + "/" + registration.name);
    }
  }

  void add(const Value& value, std::optional<Kind> kind, const std::string& of) {
    Value said = Value::map();
    said.set("path", path_);
    said.set("of", of);
    for (const Value::Entry& each : value.entries()) said.set(each.key, each.value);
    Value plugins = Value::list();
    if (kind) {
      for (const std::string& name : registry_.names(*kind)) {
        plugins.push_back(std::string(name_of(*kind)) + "/" + name);
      }
    }
    said.set("plugins", std::move(plugins));
    found_.push_back(std::move(said));
  }

  const Registry& registry_;
  const std::string path_;
  const std::vector<std::string> parts_;
  Value found_ = Value::list();
};

}  // namespace

Value describe_keys(const Registry& registry, const std::string& path) {
  if (path != "keys") return Finder(registry, path).find();
  Value all = Value::list();
  const Value top = top_keys(registry);
  for (const Value& value : top.as_list())
    append_all(all, describe_keys(registry, value.text("name")));
  return all;
}

std::vector<std::string> key_names(const Registry& registry) {
  std::vector<std::string> names = {"keys"};
  const Value top = top_keys(registry);
  for (const Value& value : top.as_list()) {
    names.push_back(value.text("name"));
    for (const Value& inner : value.find_items("parameters")) {
      names.push_back(value.text("name") + "." + inner.text("name"));
    }
  }
  return names;
}

}  // namespace leakprobe
