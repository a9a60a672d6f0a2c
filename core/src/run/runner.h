#pragma once

#include "compose/composition.h"
#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Runs a checked experiment from its first phase, or from a saved state, to its result. Throws
/// host::InvalidExperiment where only rows could show a mistake, Error where it cannot go on; what
/// was written until then stays readable.
host::RunOutcome run_experiment(const Composition& composition, const Registry& registry,
                                const host::RunOptions& options);

}  // namespace leakprobe
