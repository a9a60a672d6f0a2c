#pragma once

#include <filesystem>
#include <string>

#include "compose/composition.h"
#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Where the runs of an experiment lie unless somebody says otherwise: runs/<name>.
std::filesystem::path runs_folder(const Composition& composition);
/// The name of a run's directory: "<digest>-s<seed>".
std::string run_name(const Composition& composition);

/// Runs a checked experiment from its first phase, or from a saved state, to its result. Throws
/// host::InvalidExperiment where only rows could show a mistake, Error where it cannot go on; what
/// was written until then stays readable.
host::RunOutcome run_experiment(const Composition& composition, const Registry& registry,
                                const host::RunOptions& options);

}  // namespace leakprobe
