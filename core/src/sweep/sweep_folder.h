#pragma once

#include <filesystem>
#include <string>

#include "sweep/sweep_plan.h"

namespace leakprobe {

/// What is said where another process holds a sweep's folder.
std::string who_runs_it(const std::filesystem::path& folder);

/// Writes sweep.json and the configuration of each run. Throws Error.
void write_sweep_folder(const SweepPlan& plan);

/// Deletes all that a sweep made in its folder: of one that ended before it began a run. Throws
/// Error.
void remove_sweep_folder(const SweepPlan& plan);

}  // namespace leakprobe
