#pragma once

#include <string>
#include <vector>

#include "leakprobe/host/workbench.h"
#include "sweep/sweep_plan.h"

namespace leakprobe {

/// The runs to be done in the order in which a cluster may do them: those of a level start from
/// snapshots that earlier levels left. Numbers of runs.
std::vector<std::vector<size_t>> levels_of(const std::vector<PlannedRun>& runs);

/// The batch script of one level: task i of its array does run i. A task that was interrupted with
/// its state saved is put back into the queue, and a run that is INVALID is no failure.
std::string batch_script(const SweepPlan& plan, const host::Settings& settings,
                         const std::vector<size_t>& level);

/// Writes the scripts and submits them with sbatch, each level behind the one before; see
/// host::Sweep::submit.
Value submit_sweep(const SweepPlan& plan, const host::Settings& settings,
                   const std::vector<std::string>& arguments);

}  // namespace leakprobe
