#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "records/sweep_record.h"
#include "report/run_record.h"

namespace leakprobe {

struct FoundRun {
  RunRecord record;
  RunLabels labels;  ///< without the seed; none where the run was not found by its sweep
};

struct FoundRuns {
  std::vector<SweepRecord::Axis> axes;  ///< of all sweeps, without the seed
  std::vector<FoundRun> runs;  ///< in the order of folders and sweeps; each folder once a label
  std::vector<std::string> notes;
};

/// The runs of each folder: a sweep's (it holds sweep.json, whose points label them), one run's, or
/// one below which runs lie (see find_run_directories). Broken ones become notes. Throws
/// host::UsageError for a folder that does not exist or holds no run, Error for a sweep.json that
/// cannot be read.
FoundRuns find_runs(const std::vector<std::filesystem::path>& directories);

}  // namespace leakprobe
