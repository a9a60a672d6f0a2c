#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "compose/settings.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Whether all that an experiment's paths hold is read, which takes seconds for a model that was
/// never met before.
enum class Digest { no, yes };

/// Checks a whole experiment, its files merged and its overrides applied, and decides everything
/// that it leaves open. Nothing where there are errors; `diagnostics` then holds all of them. The
/// libraries of `plugin_libraries` must have been loaded. A model that is not there is no error
/// here: see ModelSource::missing. What is composed is the experiment without its `sweep:`; each
/// case of each axis is checked as well.
std::optional<Composition> compose(const Value& experiment, const Registry& registry,
                                   Diagnostics& diagnostics, Digest digest = Digest::yes);

/// A run's experiment as far as its ledger is judged by it: model, task and phases with their
/// terms. Whatever only trains, measures or records is left out, so that its plugins need not be
/// here. As `compose`; `unknown` gets the plugins of the rest that are not, such as
/// "task 'acme.words'".
std::optional<Composition> compose_judged(const Value& experiment, const Registry& registry,
                                          Diagnostics& diagnostics,
                                          std::vector<std::string>& unknown);

/// JSON Schema (draft 2020-12, in what draft 7 reads alike) of an experiment file, for editors:
/// whole, or a part where it `extends` another.
Value experiment_schema(const Registry& registry);

/// The task of an experiment alone, for who cannot compose the rest. Empty where it was reported.
Slot<Task> compose_task(const Value& experiment, const Registry& registry,
                        Diagnostics& diagnostics);

}  // namespace leakprobe
