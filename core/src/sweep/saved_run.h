#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "compose/composition.h"
#include "leakprobe/value.h"
#include "plugin/registry.h"

namespace leakprobe {

/// What a run directory holds of the run that it is meant for.
struct SavedRun {
  enum class State {
    missing,
    partial,   ///< begun; goes on from its saved state, or else from its start
    complete,  ///< has a result
    stale,     ///< has a result of plugins that have changed since: to be done again
  };
  State state = State::missing;
  bool has_state = false;  ///< a partial run can go on
  std::string note;        ///< why it is stale, or how a partial one ended; may be empty
  Value result;            ///< result.json where complete
};

/// By the name of its file, the SHA-256 of each library that decides what a composition's run
/// gives: those of its plugins but its sinks.
using LibraryHashes = std::map<std::string, std::string>;
LibraryHashes library_hashes(const Composition& composition, const Registry& registry);

/// Reads what is there; another process may be writing it. Never throws for damaged files: they
/// are a partial run.
SavedRun read_saved_run(const std::filesystem::path& directory, const LibraryHashes& libraries);

}  // namespace leakprobe
