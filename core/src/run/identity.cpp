#include "run/identity.h"

#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "compose/differences.h"
#include "compose/digest.h"
#include "compose/words.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// By the names of their files, the libraries whose plugins decide what a run gives.
Value libraries_of(const Composition& composition, const Registry& registry) {
  std::map<std::string, std::string> libraries;
  const auto add = [&](Kind kind, const std::string& type) {
    const RegisteredPlugin* plugin = registry.find_plugin(kind, type);
    if (plugin == nullptr || plugin->library.empty()) return;
    libraries[plugin->library.filename().string()] = registry.sha256(plugin->library);
  };
  const auto add_choice = [&](const auto& slot) {
    if (slot) add(slot->kind, slot->type);
  };
  add_choice(composition.model.model);
  add_choice(composition.task);
  for (const ComposedProbe& probe : composition.probes) add_choice(probe.probe);
  for (const ComposedPhase& phase : composition.phases) {
    add(Kind::phase, phase.type);
    add_choice(phase.freeze);
    add_choice(phase.optimizer);
    add_choice(phase.schedule);
    for (const ComposedTerm& term : phase.terms) add_choice(term.term.objective);
  }
  Value value = Value::map();
  for (const auto& [library, hash] : libraries) value.set(library, hash);
  return value;
}

/// The same without paths.
Value without_paths(const Value& value) {
  if (value.is_path) return "path";
  if (value.is_list()) {
    Value list = Value::list();
    for (const Value& element : value.as_list()) list.push_back(without_paths(element));
    return list;
  }
  if (!value.is_map()) return value;
  Value map = Value::map();
  for (const Value::Entry& entry : value.entries()) map.set(entry.key, without_paths(entry.value));
  return map;
}

/// More would not be read.
constexpr size_t kMostDifferences = 3;

/// By parameter and name.
using Hashes = std::map<std::pair<std::string, std::string>, std::string>;

bool holds(const Hashes& hashes, const std::string& parameter, const std::string& hash) {
  return std::any_of(hashes.begin(), hashes.end(), [&](const auto& entry) {
    return entry.first.first == parameter && entry.second == hash;
  });
}

/// What is only in one of both, whatever its name.
void compare(const Hashes& then, const Hashes& now, std::vector<std::string>& changes) {
  std::set<std::string> names;
  const auto add = [&](const Hashes& hashes, const Hashes& others) {
    for (const auto& [key, hash] : hashes) {
      const auto& [parameter, name] = key;
      if (holds(others, parameter, hash)) continue;
      names.insert(parameter.empty() ? name : parameter + " (" + name + ")");
    }
  };
  add(then, now);
  add(now, then);
  changes.insert(changes.end(), names.begin(), names.end());
}

Hashes files_of(const JsonValue& identity) {
  Hashes hashes;
  const JsonValue files = identity.at("files");
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string name = fs::path(files[i].get_string("file")).filename().string();
    hashes[{files[i].get_string("parameter"), name}] += files[i].get_string("hash");
  }
  return hashes;
}

Hashes plugins_of(const JsonValue& identity) {
  Hashes hashes;
  const JsonValue plugins = identity.at("plugins");
  for (const std::string& library : plugins.keys()) {
    hashes[{"", "plugin " + library}] = plugins.get_string(library);
  }
  return hashes;
}

}  // namespace

const std::string& core_build(const Registry& registry) {
  static const fs::path library = [] {
    Dl_info info{};
    LEAKPROBE_CHECK(::dladdr(reinterpret_cast<const void*>(&core_build), &info) != 0,
                    "the core does not find its own library");
    return fs::canonical(info.dli_fname);
  }();
  return registry.sha256(library);
}

Value identity_of(const Composition& composition, const Registry& registry) {
  Value files = Value::list();
  for (const FileContent& content : composition.files) {
    Value file = Value::map();
    file.set("parameter", content.parameter);
    file.set("file", content.path.string());
    file.set("hash", content.hash);
    files.push_back(std::move(file));
  }
  Value identity = Value::map();
  identity.set("digest", composition.digest);
  identity.set("experiment", without_paths(counted_part(composition.resolved)));
  identity.set("seed", static_cast<int64_t>(composition.seed));
  identity.set("leakprobe", host::version());
  identity.set("build", core_build(registry));
  identity.set("plugins", libraries_of(composition, registry));
  identity.set("files", std::move(files));
  return identity;
}

Changes changes_since(const fs::path& directory, const Value& present) {
  const fs::path file = directory / "environment.json";
  const auto recorded = JsonValue::read(file).find("identity");
  if (!recorded) {
    throw Error(file.string() +
                ": does not say what the run's files held, as an older leakprobe "
                "wrote it");
  }
  const JsonValue then = *recorded;
  const JsonValue now = JsonValue::parse(to_json(present), "identity");
  const auto same = [&](const char* key) { return then.get_string(key) == now.get_string(key); };
  Changes changes;
  const auto experiment_changed = [&](std::string name) {
    changes.names.push_back(std::move(name));
    changes.experiment = true;
  };
  if (!same("digest")) {
    const std::vector<Difference> found =
        differences(to_value(then.at("experiment")), to_value(now.at("experiment")));
    for (size_t i = 0; i < std::min(found.size(), kMostDifferences); ++i) {
      experiment_changed(found[i].path);
    }
    if (found.size() > kMostDifferences) experiment_changed("more of the experiment");
    const size_t before = changes.names.size();
    compare(files_of(then), files_of(now), changes.names);
    changes.files = changes.names.size() > before;
    // A path that leads nowhere counts as it is written.
    if (!changes.any()) experiment_changed("the experiment");
  }
  const std::string seed = std::to_string(then.get_int("seed"));
  const std::string present_seed = std::to_string(now.get_int("seed"));
  if (seed != present_seed) experiment_changed("the seed (" + seed + ", now " + present_seed + ")");
  compare(plugins_of(then), plugins_of(now), changes.names);
  if (!same("build")) {
    changes.names.push_back(same("leakprobe") ? "the program leakprobe"
                                              : "leakprobe (" + then.get_string("leakprobe") +
                                                    ", now " + now.get_string("leakprobe") + ")");
  }
  return changes;
}

std::string Changes::text() const {
  return enumerate(names) + (names.size() == 1 ? " has changed" : " have changed");
}

}  // namespace leakprobe
