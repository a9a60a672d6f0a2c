#pragma once

#include <vector>

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "plugin/registry.h"

namespace leakprobe {

/// How much is read of weights that are looked at.
enum class WeightsRead {
  shapes,  ///< names, shapes and types
  all,     ///< and whether the numbers are finite
};

/// Reports each `from` and `reference` that names another run whose weights cannot be taken up: the
/// run is not complete or was altered, it kept no checkpoint of the phase, that is another model's,
/// or it was trained with another tokenizer. Gives those that can be.
std::vector<WeightsRef> check_origins(const Composition& composition, const Registry& registry,
                                      WeightsRead read, Diagnostics& diagnostics);

}  // namespace leakprobe
