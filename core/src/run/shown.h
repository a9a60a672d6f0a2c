#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "step/trainer.h"

namespace leakprobe {

/// The numbers of a step that people are shown while a run goes on: of terms whose rows the policy
/// makes those that tell something, named by the term where there are several; without such terms
/// the loss.
std::vector<std::pair<std::string, double>> shown_of(const ComposedPhase& phase,
                                                     const StepReport& report);

}  // namespace leakprobe
