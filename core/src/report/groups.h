#pragma once

#include <string>
#include <vector>

#include "report/find_runs.h"

namespace leakprobe {

/// Runs that differ in their seed alone, or also in what the caller pools.
struct RunGroup {
  std::string label;  ///< unique: "freezing=with", or the experiment's name and what is particular
  RunLabels labels;
  std::vector<RunRecord> runs;  ///< by seed; each configuration and seed once
};

/// Groups runs by configuration, in the order in which these were found. `pool` names differences
/// that do not matter, see `pooled_kinds`. What happens to be left out, and what a reader should
/// know, goes to `notes`. Throws host::UsageError where one label of a sweep would stand for
/// several configurations.
std::vector<RunGroup> group_runs(std::vector<FoundRun> runs, const std::vector<std::string>& pool,
                                 std::vector<std::string>& notes);

}  // namespace leakprobe
