#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/compose.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Every mistake and warning in an experiment, of a sweep's file in each of its experiments.
std::vector<Diagnostic> diagnose(const host::ExperimentFile& file, Registry& registry);

/// Reads an experiment's files, applies the overrides, loads the plugin libraries that it names and
/// checks it. Nothing where there are errors; `diagnostics` then holds all of them. A model that is
/// not there is a warning.
std::optional<Composition> compose_file(const host::ExperimentFile& file, Registry& registry,
                                        Diagnostics& diagnostics, Digest digest = Digest::yes);

/// What compose_file and check_experiment find good. Throws host::InvalidExperiment with what they
/// find wrong; `warnings` gets the rest.
Composition require_composition(const host::ExperimentFile& file, Registry& registry,
                                std::vector<Diagnostic>* warnings = nullptr);

/// The same for who runs it, and thereby checks it: a sweep is an error, a missing model too.
Composition require_single(const host::ExperimentFile& file, Registry& registry,
                           std::vector<Diagnostic>& warnings);

/// One experiment of a sweep.
struct ComposedPoint {
  std::string label;                                        ///< "freezing=without, seed=3"
  std::vector<std::pair<std::string, std::string>> labels;  ///< axis and case
  Composition composition;
};

/// Every experiment of a file's `sweep:`, composed. Throws host::InvalidExperiment with the
/// mistakes of all of them, each said once. `axes` and `warnings` are filled in.
std::vector<ComposedPoint> require_sweep(const host::ExperimentFile& file, Registry& registry,
                                         std::vector<SweepAxis>& axes,
                                         std::vector<Diagnostic>& warnings);

}  // namespace leakprobe
