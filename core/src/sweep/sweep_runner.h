#pragma once

#include <filesystem>
#include <vector>

#include "leakprobe/host/sweep.h"
#include "leakprobe/host/workbench.h"
#include "sweep/sweep_plan.h"

namespace leakprobe {

/// The arguments with which the program does one planned run.
std::vector<std::string> run_arguments(const SweepPlan& plan, const PlannedRun& run,
                                       const host::Settings& settings);

/// Does what a plan says, one process a run; see host::Sweep::run.
Value run_sweep(SweepPlan& plan, const host::Settings& settings, const host::SweepOptions& options,
                const host::SweepObserver& observer);

}  // namespace leakprobe
