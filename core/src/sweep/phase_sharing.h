#pragma once

#include <vector>

#include "sweep/sweep_plan.h"

namespace leakprobe {

/// Decides which run that is to be done computes phases for others: the first that has them. Each
/// other waits for the one that has most in common with it. A run that can go on from a state of
/// its own waits for nobody.
void plan_sharing(std::vector<PlannedRun>& runs);

}  // namespace leakprobe
