#pragma once

#include <optional>

#include "compose/composition.h"
#include "compose/settings.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Checks a whole experiment, its files merged and its overrides applied, and decides everything
/// that it leaves open. Nothing where there are errors; `diagnostics` then holds all of them. The
/// libraries of `plugin_libraries` must have been loaded. A model that is not there is no error
/// here: see ModelSource::missing. What is composed is the experiment without its `sweep:`; each
/// case of each axis is checked as well.
std::optional<Composition> compose(const Value& experiment, const Registry& registry,
                                   Diagnostics& diagnostics);

/// JSON Schema of an experiment file, for editors.
Value experiment_schema(const Registry& registry);

}  // namespace leakprobe
