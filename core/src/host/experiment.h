#pragma once

#include <optional>

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Reads an experiment's files, applies the overrides, loads the plugin libraries that it names and
/// checks it. Nothing where there are errors; `diagnostics` then holds all of them. A model that is
/// not there is a warning.
std::optional<Composition> compose_file(const host::ExperimentFile& file, Registry& registry,
                                        Diagnostics& diagnostics);

/// compose_file that throws host::InvalidExperiment where there are errors. `warnings` gets the
/// rest.
Composition require_composition(const host::ExperimentFile& file, Registry& registry,
                                std::vector<Diagnostic>* warnings = nullptr);

/// The same for who can only use one experiment: a sweep is an error.
Composition require_single(const host::ExperimentFile& file, Registry& registry);

}  // namespace leakprobe
