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
std::map<std::string, std::string> libraries_of(const Composition& composition,
                                                const Registry& registry) {
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
    for (const ComposedTerm& term : phase.terms) {
      add_choice(term.term.objective);
      if (const auto& rollout = term.term.stream.rollout) add_choice(rollout->reward);
    }
  }
  return libraries;
}

Value keys_of(const Value& map) {
  Value keys = Value::list();
  for (const Value::Entry& entry : map.entries()) keys.push_back(entry.key);
  return keys;
}

/// The same without paths, and with the order of an ordered map's keys as an entry beside it: a
/// record's own keys have none.
Value without_paths(const Value& value) {
  if (value.is_path) return "path";
  if (value.is_list()) {
    Value list = Value::list();
    for (const Value& element : value.as_list()) list.push_back(without_paths(element));
    return list;
  }
  if (!value.is_map()) return value;
  Value map = Value::map();
  for (const Value::Entry& entry : value.entries()) {
    map.set(entry.key, without_paths(entry.value));
    if (entry.value.is_ordered) map.set("order of " + entry.key, keys_of(entry.value));
  }
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

Hashes files_of(const IdentityRecord& identity) {
  Hashes hashes;
  for (const IdentityRecord::File& file : identity.files) {
    hashes[{file.parameter, fs::path(file.file).filename().string()}] += file.hash;
  }
  return hashes;
}

Hashes plugins_of(const IdentityRecord& identity) {
  Hashes hashes;
  for (const auto& [library, hash] : identity.plugins) hashes[{"", "plugin " + library}] = hash;
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

IdentityRecord identity_of(const Composition& composition, const Registry& registry) {
  IdentityRecord identity;
  identity.digest = composition.digest;
  identity.experiment = without_paths(counted_part(composition.resolved));
  identity.seed = static_cast<int64_t>(composition.seed);
  identity.leakprobe = host::version();
  identity.build = core_build(registry);
  identity.plugins = libraries_of(composition, registry);
  for (const FileContent& content : composition.files) {
    identity.files.push_back({content.parameter, content.path.string(), content.hash});
  }
  return identity;
}

Changes changes_since(const fs::path& directory, const IdentityRecord& now) {
  const EnvironmentRecord recorded = read_environment(directory);
  if (!recorded.identity) {
    throw Error((directory / kEnvironmentFile).string() +
                ": does not say what the run's files held, as an older leakprobe "
                "wrote it");
  }
  const IdentityRecord& then = *recorded.identity;
  Changes changes;
  const auto experiment_changed = [&](std::string name) {
    changes.names.push_back(std::move(name));
    changes.experiment = true;
  };
  if (then.digest != now.digest) {
    // Both as they are stored, with their keys in one order.
    const std::vector<Difference> found =
        differences(then.experiment, value_of_json(to_json(now.experiment), "identity"));
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
  if (then.seed != now.seed) {
    experiment_changed("the seed (" + std::to_string(then.seed) + ", now " +
                       std::to_string(now.seed) + ")");
  }
  compare(plugins_of(then), plugins_of(now), changes.names);
  if (then.build != now.build) {
    changes.names.push_back(then.leakprobe == now.leakprobe
                                ? "the program leakprobe"
                                : "leakprobe (" + then.leakprobe + ", now " + now.leakprobe + ")");
  }
  return changes;
}

std::string Changes::text() const {
  return enumerate(names) + (names.size() == 1 ? " has changed" : " have changed");
}

}  // namespace leakprobe
