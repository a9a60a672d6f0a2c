#include "compose/settings.h"

#include <algorithm>

#include "compose/lengths.h"
#include "compose/named_items.h"
#include "compose/slots.h"
#include "compose/words.h"
#include "config/load_experiment.h"
#include "config/names.h"
#include "text/quote.h"

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

/// The default plugin of a kind needs no `type:` for its options to be changed.
Value with_default_type(const Value& experiment, const char* key, const Registration* plugin) {
  const Value* slot = experiment.find(key);
  if (plugin == nullptr || slot == nullptr || !slot->is_map()) return experiment;
  const Value* given = slot->find("type");
  if (given != nullptr && !given->is_null()) return experiment;
  Value changed = experiment;
  changed.at(key).set("type", plugin->name);
  return changed;
}

/// Takes the default plugin of a kind where the file has no `key`.
template <class Interface>
bool complete(Slot<Interface>& slot, const char* key, const Value& experiment, Slots& slots) {
  const Value* given = experiment.find(key);
  if (given != nullptr && !given->is_null()) return true;
  auto choice = slots.choose_default(Interface::kKind, key, experiment.place);
  if (choice == nullptr) return false;
  slot = Slot<Interface>(std::move(choice));
  return true;
}

}  // namespace

void CheckpointKeys::declare(Schema<CheckpointKeys>& schema) {
  schema.field("keep", &CheckpointKeys::keep, kAny, "Whose weights stay in the run directory.");
}

void Settings::declare(Schema<Settings>& schema) {
  schema.field("name", &Settings::name, kAny, "Name of the experiment; by default its file's.");
  schema.field("seed", &Settings::seed, at_least(int64_t{0}),
               "From which all random numbers are derived.");
  schema.field("compute", &Settings::compute, kAny,
               "Type in which matrix products are computed; everything else is float32.");
  schema.field("device", &Settings::device, device_range(), "Where the model is computed.");
  schema.field("threads", &Settings::threads, between(int64_t{0}, int64_t{4096}),
               "Threads that compute; 0: one a core that the process may use.");
  schema.field(
      "rows_per_pass", &Settings::rows_per_pass, between(int64_t{0}, kMostItems),
      "Rows of a step that go through the model at once, against lack of memory; 0: as many as "
      "leave behind no more numbers than twice the weights, or 64 Mi of them, 1 Gi on a GPU.");
  schema.field("optimizer", &Settings::optimizer, kAny,
               "How parameters are changed, unless a phase says otherwise.");
  schema.field("schedule", &Settings::schedule, kAny,
               "The learning rate over a phase, unless the phase says otherwise.");
  schema.field("batch", &Settings::batch, between(int64_t{1}, kMostItems),
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
    std::vector<std::string> all = {"extends", "model", "task",   "streams", "phases",
                                    "probes",  "claim", "claims", "sweep"};
    for (const auto& [kind, name] : Slots::maps()) all.push_back(name);
    return all;
  }();
  return keys;
}

namespace {

/// Where a parameter belongs that stands beside the part that has it: "optimizer.lr" for lr; ""
/// where none of the parts has it.
std::string place_of_parameter(const std::string& key, const Value& experiment,
                               const Registry& registry) {
  for (const Kind kind : {Kind::optimizer, Kind::schedule, Kind::model, Kind::task}) {
    const std::string part(name_of(kind));
    const Value* value = experiment.find(part);
    const Value* type = value != nullptr && value->is_map() ? value->find("type") : nullptr;
    if (type == nullptr || !type->is_string()) continue;
    const Registration* plugin = registry.find(kind, type->as_string());
    if (plugin == nullptr) continue;
    const std::vector<std::string> names = field_names(*plugin->parameters);
    const std::string meant = contains(names, key) ? key : meant_word(key, names);
    if (!meant.empty()) return part + "." + meant;
  }
  return "";
}

/// Reports, and takes out of `given`, what no experiment has and one of its parts does.
bool take_out_misplaced(Value& given, const Registry& registry, Slots& slots) {
  std::vector<std::string> known = field_names(settings_schema());
  known.insert(known.end(), composed_keys().begin(), composed_keys().end());
  bool good = true;
  std::erase_if(given.entries(), [&, all = given](const Value::Entry& entry) {
    if (contains(known, entry.key) || !meant_word(entry.key, known).empty()) return false;
    const std::string place = place_of_parameter(entry.key, all, registry);
    if (place.empty()) return false;
    slots.diagnostics().error(entry.place, entry.key,
                              "unknown parameter " + Value(entry.key).describe(),
                              "did you mean " + quote(place) + "?");
    good = false;
    return true;
  });
  return good;
}

}  // namespace

bool read_settings(Settings& settings, const Value& experiment, Slots& slots) {
  const Registry& registry = slots.registry();
  Value given = with_default_type(experiment, "optimizer", registry.default_of(Kind::optimizer));
  given = with_default_type(given, "schedule", registry.default_of(Kind::schedule));
  bool good = true;
  if (const Value* tasks = given.find("tasks")) {
    slots.error(*tasks, "tasks", "several tasks in one experiment are not supported",
                "write one under 'task:'");
    given.erase("tasks");
    good = false;
  }
  good = take_out_misplaced(given, registry, slots) && good;
  good = settings_schema().read_into(&settings, given, "", slots, composed_keys()) && good;
  good = complete(settings.optimizer, "optimizer", experiment, slots) && good;
  good = complete(settings.schedule, "schedule", experiment, slots) && good;
  if (!settings.sinks) {
    settings.sinks.emplace(1);
    good = complete(settings.sinks->front(), "sinks[0]", experiment, slots) && good;
  }
  if (settings.name.empty()) {
    settings.name = std::filesystem::path(experiment.place.file).stem().string();
    const bool piped = experiment.place.file == kStandardInputName;
    if (settings.name.empty() || piped) settings.name = "experiment";
  }
  const Value* name = experiment.find("name");
  return check_name(settings.name, name != nullptr ? name->place : experiment.place, "name",
                    slots.diagnostics()) &&
         good;
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

std::string about_absent_plugins(const Value& experiment, const std::vector<std::string>& unknown,
                                 const Registry& registry) {
  std::string names;
  for (const std::filesystem::path& library : plugin_libraries(experiment)) {
    if (registry.has_library(library)) continue;
    names += (names.empty() ? "" : ", ") + library.string();
  }
  if (names.empty() && unknown.empty()) return "";
  if (names.empty()) {
    return "it takes " + enumerate(unknown) +
           ", which no library here has; if you trust that library, name it with --plugin-path";
  }
  return "it names libraries that are not loaded, because code of a folder that is only read does "
         "not run: " +
         names + "; if you trust them, name them with --plugin-path";
}

}  // namespace leakprobe
