#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "compose/composition.h"
#include "evidence/evaluator.h"
#include "evidence/evidence.h"
#include "evidence/ledger.h"
#include "instances/instances.h"
#include "instances/run_context.h"
#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"
#include "records/run_directory.h"
#include "records/run_state.h"
#include "records/state_facts.h"
#include "records/written.h"
#include "run/journal.h"
#include "run/weight_store.h"
#include "step/policy.h"
#include "step/reference_store.h"
#include "step/scoring.h"
#include "step/trainer.h"

namespace leakprobe {

/// One run from start to end: owns everything that lives as long as it. The arguments outlive it.
class Run {
 public:
  /// Makes the task. `model`: what it begins with; `watched`: the rows by which it is judged.
  Run(const Composition& composition, const Registry& registry, const host::RunOptions& options,
      RunDirectory& directory, LoadedModel model, std::shared_ptr<const WatchedRows> watched);

  /// Throws host::InvalidExperiment where only rows could show a mistake, Error where the run
  /// cannot go on.
  host::RunOutcome execute();

 private:
  using Clock = std::chrono::steady_clock;
  /// Where a run goes on.
  struct Cursor {
    size_t phase = 0;
    int64_t step = 0;
  };

  /// Fills the empty directory from the furthest snapshot that fits; false where there is none.
  bool adopt_snapshot() const;
  /// Keeps the state before `phase`, just saved, where other runs wait for it.
  void leave_snapshot(size_t phase) const;
  void make_instances();
  int64_t steps_of(const ComposedPhase& phase) const;
  /// {total, trained: {phase: number}}: numbers in the model's parameters, and those that each
  /// phase's freezing leaves to training.
  Value parameter_counts();
  void log_sizes();
  double seconds() const;

  host::RunOutcome interrupted(Cursor next) const;
  /// False where it was interrupted; the state is then saved.
  bool run_phase(Cursor cursor, const SavedState* resumed);
  void start_from(size_t phase);
  bool train(Cursor cursor, const SavedState* resumed);
  std::vector<std::unique_ptr<TermRunner>> make_terms(const ComposedPhase& phase);
  Updater make_updater(const ComposedPhase& phase);
  /// Sets which parameters are trained; gives them.
  std::vector<Trained> freeze(const ComposedPhase& phase);
  /// Throws Error where a parameter holds NaN or infinity after `step`: that is no state to keep.
  void require_finite_weights(const ComposedPhase& phase, int64_t step) const;
  /// Writes it to status.json, at most once a second.
  void report_progress(size_t phase, const host::RunProgress& step);
  StatusRecord::Progress progress(size_t phase, int64_t step) const;
  /// Whether a probe was due.
  bool evaluate(const ComposedPhase& phase, int64_t step, int64_t steps, bool forced);
  /// The items of the claims' cells at their maximum, which no end of a phase need be.
  void write_endpoint_items();
  host::RunOutcome finish();
  /// The weights that `origin` names, in a model of their own.
  std::unique_ptr<Policy> policy_at(const WeightsRef& origin);

  // In run_saving.cpp.
  /// `trainer` and `updater` are those of the phase that is being trained; none between two phases.
  void save(Cursor next, const Trainer* trainer = nullptr, const Updater* updater = nullptr);
  SavedState restore(Cursor& cursor);
  void take_up(const SavedState& state, const StateFacts& facts, Cursor& cursor);
  /// Which phases' end a state between two phases is, by this run's digests; end() for none.
  std::vector<std::string>::const_iterator find_finished(const StateFacts& facts) const;
  void take_up(const SavedState& state, Trainer& trainer, Updater& updater) const;
  /// Throws Error where a checkpoint of a phase that is over is no longer what it was.
  void require_checkpoints() const;
  /// The weights under a prefix of a state's tensors.
  WeightSnapshot snapshot_of(const SavedState& state, const std::string& prefix) const;

  const Composition& composition_;
  const Registry& registry_;
  const std::vector<std::string> phase_digests_;
  const host::RunOptions& options_;
  RunDirectory& directory_;
  Policy policy_;
  RunEnvironment environment_;
  Instances instances_;
  ScoringModel scoring_;
  std::shared_ptr<const Task> task_;
  WeightStore weights_;
  ReferenceStore references_;
  Evidence evidence_;
  Ledger ledger_;
  std::optional<Evaluator> evaluator_;
  std::optional<Journal> journal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point saved_ = Clock::now();
  Clock::time_point reported_ = Clock::now();
  WrittenFiles checkpoints_;  ///< those written so far, as they were then
  double before_ = 0;         ///< seconds spent before the run was interrupted
  int64_t next_step_ = 0;
};

}  // namespace leakprobe
