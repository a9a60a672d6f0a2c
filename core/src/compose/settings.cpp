#include "compose/settings.h"

#include <algorithm>

#include "compose/slots.h"

namespace leakprobe {
namespace {

bool is_device(const std::string& device) {
  constexpr std::string_view kNumbered = "cuda:";
  if (device == "cpu" || device == "cuda") return true;
  if (!device.starts_with(kNumbered)) return false;
  const std::string_view number = std::string_view(device).substr(kNumbered.size());
  return !number.empty() && number.size() <= 2 &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Range<std::string> device_range() {
  return {is_device,
          "'cpu', 'cuda' or 'cuda:N'",
          detail::pair("pattern", "^(cpu|cuda(:[0-9]{1,2})?)$"),
          {"cpu", "cuda"}};
}

/// Slots with a default plugin need no `type:` to change its options.
Value with_default_type(const Value& experiment, const char* key, const std::string& type) {
  const Value* slot = experiment.find(key);
  if (slot == nullptr || !slot->is_map()) return experiment;
  const Value* given = slot->find("type");
  if (given != nullptr && !given->is_null()) return experiment;
  Value changed = experiment;
  changed.find(key)->set("type", type);
  return changed;
}

}  // namespace

void CheckpointKeys::declare(Schema<CheckpointKeys>& schema) {
  schema.field("keep", &CheckpointKeys::keep, one_of({"none", "last", "phases"}),
               "Whose weights stay in the run directory: nobody's, the last phase's, or those of "
               "each phase.");
}

void Settings::declare(Schema<Settings>& schema) {
  schema.field("name", &Settings::name, kAny, "Name of the experiment; by default its file's.");
  schema.field("seed", &Settings::seed, at_least(int64_t{0}),
               "From which all random numbers are derived.");
  schema.field("compute", &Settings::compute, one_of({"float32", "bfloat16"}),
               "Type in which matrix products are computed; everything else is float32.");
  schema.field("device", &Settings::device, device_range(), "Where the model is computed.");
  schema.field("threads", &Settings::threads, between(int64_t{0}, int64_t{4096}),
               "Threads that compute; 0: one a core that the process may use.");
  schema.field(
      "rows_per_pass", &Settings::rows_per_pass, at_least(int64_t{0}),
      "Rows of a step that go through the model at once, against lack of memory; 0: as many as "
      "leave behind no more numbers than twice the weights, or 64 Mi of them, 1 Gi on a GPU.");
  schema.field("optimizer", &Settings::optimizer, kAny,
               "How parameters are changed, unless a phase says otherwise.");
  schema.field("schedule", &Settings::schedule, kAny,
               "The learning rate over a phase, unless the phase says otherwise.");
  schema.field("batch", &Settings::batch, at_least(int64_t{1}),
               "Items a step of each term, unless a phase or term says otherwise.");
  schema.field("sinks", &Settings::sinks, kAny, "Where records go.");
  schema.field("checkpoints", &Settings::checkpoints, kAny, "Which weights are kept.");
  schema.field("plugins", &Settings::plugins, kAny, "Plugin libraries to load.");
}

const Schema<Settings>& settings_schema() {
  static const Schema<Settings> schema;
  return schema;
}

const std::vector<std::string>& composed_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all = {"extends", "model",  "task",  "streams",
                                    "phases",  "probes", "claim", "sweep"};
    for (const auto& [kind, name] : Slots::maps()) all.push_back(name);
    return all;
  }();
  return keys;
}

bool read_settings(Settings& settings, const Value& experiment, Reader& reader) {
  const Settings defaults;
  Value given = with_default_type(experiment, "optimizer", defaults.optimizer.default_type());
  given = with_default_type(given, "schedule", defaults.schedule.default_type());
  bool good = true;
  if (const Value* tasks = given.find("tasks")) {
    reader.error(*tasks, "tasks", "several tasks in one experiment are not supported",
                 "write one under 'task:'");
    given.erase("tasks");
    good = false;
  }
  good = settings_schema().read_into(&settings, given, "", reader, composed_keys()) && good;
  if (settings.name.empty()) {
    settings.name = std::filesystem::path(experiment.place.file).stem().string();
    if (settings.name.empty()) settings.name = "experiment";
  }
  // It names a folder of the run directory.
  if (settings.name.find('/') != std::string::npos || settings.name.front() == '.') {
    const Value* name = experiment.find("name");
    reader.error(name != nullptr ? *name : experiment, "name",
                 "must not begin with a dot or hold a slash, since it names a folder");
    good = false;
  }
  return good;
}

std::vector<std::filesystem::path> plugin_libraries(const Value& experiment) {
  std::vector<std::filesystem::path> libraries;
  const Value* list = experiment.find("plugins");
  if (list == nullptr || !list->is_list()) return libraries;
  for (const Value& path : list->as_list()) {
    if (path.is_string() && !path.as_string().empty()) {
      libraries.push_back(resolve_path(path.as_string(), path.place));
    }
  }
  return libraries;
}

}  // namespace leakprobe
