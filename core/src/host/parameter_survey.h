#pragma once

#include <vector>

#include "compose/composition.h"
#include "leakprobe/model.h"
#include "plugin/registry.h"

namespace leakprobe {

/// The parameters that a composition's model declares, without any memory for them: the model is
/// made once of tensors that have shapes but no numbers. Empty where the model is missing.
std::vector<ParameterInfo> survey_parameters(const Composition& composition,
                                             const Registry& registry);

}  // namespace leakprobe
