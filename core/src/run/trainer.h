#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "data/item_stream.h"
#include "leakprobe/objective.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/schedule.h"
#include "model/forward.h"
#include "model/loaded_model.h"
#include "run/ledger.h"
#include "run/reference.h"
#include "run/step_times.h"

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

/// The plugin instances of one term.
struct TermInstances {
  std::shared_ptr<const Objective> objective;
  std::shared_ptr<Reference> reference;  ///< nullptr unless the objective needs one
};

/// Executes the steps of one phase's plan: packs all terms' rows into one forward and backward
/// pass, keeps the ledger, clips and updates. Knows no concrete objective or phase.
class Trainer {
 public:
  /// `trained` are the parameters that the freezing policy left; `rows_per_pass` bounds a
  /// micro-batch (0: everything at once). The arguments outlive the object.
  Trainer(const ComposedPhase& phase, const LoadedModel& model, const Forward& forward,
          torch::Device device, const Task& task, const TaskFacts& facts, uint64_t seed,
          std::vector<TermInstances> terms, std::vector<Trained> trained, Optimizer& optimizer,
          const Schedule& schedule, Ledger& ledger, int64_t rows_per_pass);
  ~Trainer();

  /// Throws Error where the loss or a gradient is not finite.
  StepReport step(int64_t step);

 private:
  struct Column;
  struct TermState;
  struct Pack;

  /// Rows of this step's items of term `term`.
  void draw(TermState& term, int64_t step);
  /// The rows of `terms` split at item boundaries into parts of at most rows_per_pass rows.
  std::vector<Pack> packs(const std::vector<TermState*>& terms);
  /// The weighted loss of `packs` as a function of `leaves`, their log-probabilities; adds each
  /// term's metrics to its running sums.
  torch::Tensor evaluate(const std::vector<const Pack*>& packs,
                         const std::vector<torch::Tensor>& leaves);
  /// Log-probabilities of the pack's targets under the present weights.
  torch::Tensor log_probs(const Pack& pack);
  void backward(const std::vector<Pack>& packs);
  void observe(const std::vector<Pack>& packs);
  void enter_ledger(const Pack& pack, const torch::Tensor& gradient);
  void update(int64_t step, StepReport& report);

  const ComposedPhase& phase_;
  const LoadedModel& model_;
  const Forward& forward_;
  const torch::Device device_;
  std::vector<std::unique_ptr<TermState>> terms_;
  std::vector<Trained> trained_;
  Optimizer& optimizer_;
  const Schedule& schedule_;
  Ledger& ledger_;
  const int64_t rows_per_pass_;
  StepTimes times_;                 ///< of the present step
  std::vector<int64_t> positions_;  ///< likewise
};

}  // namespace leakprobe
