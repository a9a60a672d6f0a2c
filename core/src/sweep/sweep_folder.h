#pragma once

#include <filesystem>
#include <optional>

#include "sweep/sweep_plan.h"

namespace leakprobe {

/// The threads that an earlier start of this sweep gave its runs, as its sweep.json says.
std::optional<int64_t> recorded_threads(const std::filesystem::path& folder);

/// Writes sweep.json, which `report` and `watch` read, and the configuration of each run. Throws
/// Error.
void write_sweep_folder(const SweepPlan& plan);

}  // namespace leakprobe
