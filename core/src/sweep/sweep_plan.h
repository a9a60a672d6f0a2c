#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/host/sweep.h"
#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"
#include "records/sweep_record.h"
#include "sweep/saved_run.h"

namespace leakprobe {

/// One run of a sweep. Points that differ in nothing that counts are one run.
struct PlannedRun {
  std::string name;   ///< "<digest>-s<seed>"
  std::string label;  ///< of its first point
  std::filesystem::path directory;
  std::string config;  ///< the resolved experiment, YAML
  int64_t threads = 0;
  IdentityRecord identity;  ///< see run/identity.h
  struct Phase {
    std::string name;
    int64_t steps = 0;
    std::string digest;  ///< see phase_digest.h
  };
  std::vector<Phase> phases;
  SavedRun saved;

  // Filled in by plan_sharing.
  std::vector<size_t> leaves;       ///< phases after which it leaves a snapshot for others
  std::optional<size_t> waits_for;  ///< number of the run that leaves the snapshot it starts from
  std::optional<size_t> shares_up_to;  ///< the last phase of that snapshot

  bool to_do() const { return saved.state != SavedRun::State::complete; }
};

struct PlannedPoint {
  std::string label;
  RunLabels labels;
  size_t run = 0;
  std::string digest;
  uint64_t seed = 0;
};

/// A sweep with everything decided, nothing started.
struct SweepPlan {
  std::filesystem::path file;
  std::string name;              ///< of the experiment
  std::filesystem::path folder;  ///< the sweep's own, absolute
  std::filesystem::path shared;  ///< where its snapshots lie
  std::vector<SweepRecord::Axis> axes;
  std::vector<PlannedPoint> points;
  std::vector<PlannedRun> runs;
  int64_t jobs = 1;     ///< runs at once on this machine
  int64_t threads = 0;  ///< of each run whose experiment does not say; decided once for a sweep.
                        ///< Where all say it, the most that one says.
  std::vector<Diagnostic> warnings;
  std::vector<Diagnostic> missing_models;  ///< what stands in the way of running it

  std::filesystem::path config_of(const PlannedRun& run) const;
  std::filesystem::path log_of(const PlannedRun& run) const;
  Value to_value() const;
};

/// Composes and checks all runs of a sweep, and looks at what there is of them. Throws
/// host::InvalidExperiment.
SweepPlan plan_sweep(const host::ExperimentFile& file, const host::SweepOptions& options,
                     Registry& registry);

}  // namespace leakprobe
