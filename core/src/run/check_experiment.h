#pragma once

#include <memory>
#include <optional>

#include "compose/composition.h"
#include "evidence/watched_rows.h"
#include "leakprobe/diagnostic.h"
#include "model/loaded_model.h"
#include "plugin/registry.h"

namespace leakprobe {

/// How much is read of what an experiment names.
enum class Depth {
  quick,  ///< what nobody waits for: ten thousand rows of a set, the shapes of weights
  whole,  ///< what a run reads
};

/// Finds what a composition does not show by itself, for every command that takes an experiment: a
/// tokenizer that cannot write the task's texts, rows that cannot be or must not be where they are,
/// plugins that cannot be made of their options, a phase in which every parameter is frozen,
/// weights of other runs that cannot be taken up, or that were pushed towards what is protected
/// here. Rows are drawn where the model's tokenizer is there: then it gives those by which the
/// experiment is judged, otherwise nullptr. The composition outlives them.
std::shared_ptr<const WatchedRows> check_experiment(const Composition& composition,
                                                    const Registry& registry, Depth depth,
                                                    Diagnostics& diagnostics);

/// The mistake of an experiment whose model's files are not there; nothing where they are. Who does
/// without them takes it for a warning.
std::optional<Diagnostic> missing_model(const Composition& composition);

/// Throws host::InvalidExperiment where the model's files are not there.
void require_model(const Composition& composition);

/// The model that the experiment begins with. Throws host::InvalidExperiment where its files hold
/// what cannot be taken, Error where the machine does not do.
LoadedModel require_initial_model(const Composition& composition, const Registry& registry);

}  // namespace leakprobe
