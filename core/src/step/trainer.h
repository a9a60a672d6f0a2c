#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "evidence/ledger.h"
#include "records/run_state.h"
#include "records/sample_record.h"
#include "step/pass.h"
#include "step/policy.h"
#include "step/step_times.h"
#include "step/term_runner.h"
#include "step/updater.h"

namespace leakprobe {

/// What one optimiser step did; values of the batch before the update.
struct StepReport {
  double rate = 0;
  double loss = 0;
  double gradient_norm = 0;  ///< before clipping
  /// By term: "loss" and the objective's metrics, means over the batch.
  std::vector<std::pair<std::string, std::map<std::string, double>>> terms;
  StepTimes times;
  std::vector<int64_t> positions;  ///< of each pass that is trained on
};

/// Executes the steps of one phase's plan: packs all terms' rows into one forward and backward
/// pass, keeps the ledger, clips and updates. Knows no concrete objective or phase.
class Trainer {
 public:
  /// `terms` are those of the phase, in its order; `size` bounds a pass. Phase, policy, updater and
  /// ledger outlive the object.
  Trainer(const ComposedPhase& phase, const Policy& policy,
          std::vector<std::unique_ptr<TermRunner>> terms, Updater& updater, Ledger& ledger,
          const PassSize& size);

  /// Throws Error where a loss, a metric or a gradient is not finite, with the term and its first
  /// rows; nothing has been changed then.
  StepReport step(int64_t step);

  /// The first groups of the terms' present rollouts.
  std::vector<SampleRecord> samples() const;

  /// What the terms' sources of items keep from step to step, as "items/<term>/...".
  void save_items(NamedTensors& tensors) const;
  void restore_items(const SavedState& state);

 private:
  /// The terms that have rows in these passes.
  void count(const std::vector<const Pass*>& passes);
  void evaluate(const std::vector<const Pass*>& passes, const std::vector<torch::Tensor>& leaves);
  /// Gradients of the parameters; gives those of each pass's log-probabilities.
  std::vector<torch::Tensor> backward(const std::vector<Pass>& passes, StepReport& report);
  /// The gradient of the pass's log-probabilities, entered into the ledger.
  torch::Tensor take_gradient(const Pass& pass, const torch::Tensor& leaf);

  const ComposedPhase& phase_;
  const Policy& policy_;
  std::vector<std::unique_ptr<TermRunner>> terms_;
  Updater& updater_;
  Ledger& ledger_;
  const PassSize pass_size_;
};

/// Evaluates terms at their present items and takes no gradient.
void observe(const std::vector<TermRunner*>& terms, const Policy& policy, const PassSize& size,
             StepTimes& times);

}  // namespace leakprobe
