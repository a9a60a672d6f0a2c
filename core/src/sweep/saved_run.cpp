#include "sweep/saved_run.h"

#include <utility>

#include "format/json.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// The first library that was another one when the run was made; "" where there is none.
std::string changed_library(const fs::path& directory, const LibraryHashes& libraries) {
  const JsonValue plugins = JsonValue::read(directory / "environment.json").at("plugins");
  for (size_t i = 0; i < plugins.size(); ++i) {
    const std::string& name = plugins[i].get_string("library");
    const auto now = libraries.find(name);
    if (now != libraries.end() && now->second != plugins[i].get_string("sha256")) return name;
  }
  return "";
}

SavedRun read(const fs::path& directory, const LibraryHashes& libraries) {
  SavedRun saved;
  const fs::path status_file = directory / "status.json";
  if (!fs::exists(status_file)) return saved;
  saved.state = SavedRun::State::partial;
  saved.has_state = fs::exists(directory / "state.safetensors");
  const JsonValue status = JsonValue::read(status_file);
  if (status.get_string("state") != "complete") {
    saved.note = status.find_string("message").value_or("");
    return saved;
  }
  const JsonValue result = JsonValue::read(directory / "result.json");
  if (result.get_string("verdict") == "NONE") return saved;  // it was limited
  const std::string changed = changed_library(directory, libraries);
  saved.state = changed.empty() ? SavedRun::State::complete : SavedRun::State::stale;
  if (!changed.empty()) saved.note = "plugin " + changed + " has changed since";
  saved.result = to_value(result);
  return saved;
}

}  // namespace

LibraryHashes library_hashes(const Composition& composition, const Registry& registry) {
  LibraryHashes hashes;
  const auto add = [&](Kind kind, const std::string& type) {
    const RegisteredPlugin* plugin = registry.find_plugin(kind, type);
    if (!plugin || plugin->library.empty()) return;
    hashes[plugin->library.filename().string()] = registry.sha256(plugin->library);
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
  return hashes;
}

SavedRun read_saved_run(const fs::path& directory, const LibraryHashes& libraries) {
  try {
    return read(directory, libraries);
  } catch (const Error& damage) {
    SavedRun saved;
    saved.state = SavedRun::State::partial;
    saved.note = damage.what();
    return saved;
  }
}

}  // namespace leakprobe
