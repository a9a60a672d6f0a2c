#pragma once

#include "sweep/sweep_plan.h"

namespace leakprobe {

/// Writes sweep.json and the configuration of each run. Throws Error.
void write_sweep_folder(const SweepPlan& plan);

}  // namespace leakprobe
