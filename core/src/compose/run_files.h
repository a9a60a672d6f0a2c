#pragma once

#include <string>
#include <vector>

#include "compose/composition.h"
#include "compose/file_names.h"
#include "leakprobe/diagnostic.h"

/// The files that a run makes in its directory.
namespace leakprobe {

/// Whether the engine makes a file of this name, whatever the sinks are.
bool is_engine_file(const std::string& name);

/// Those that not every run makes: samples.jsonl, where the policy makes rows, and those of its
/// sinks, in their order.
std::vector<std::string> further_files(const Composition& composition);

/// Names of all that a run may make in its directory.
std::vector<std::string> run_files(const Composition& composition);

/// Reports sinks whose files have no good names, or names that the engine or another sink takes.
void check_sink_files(const std::vector<Slot<Sink>>& sinks, Diagnostics& diagnostics);

}  // namespace leakprobe
