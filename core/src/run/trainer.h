#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "data/item_stream.h"
#include "data/packed_rows.h"
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

  /// Throws Error where a loss, a metric or a gradient is not finite, with the term and its first
  /// rows; nothing has been changed then.
  StepReport step(int64_t step);

 private:
  struct Column;
  struct TermState;
  struct Pack;

  /// Rows of this step's items of term `term`.
  void draw(TermState& term, int64_t step);
  /// Throws Error where the row drawn last lacks a number that the objective reads, or has others
  /// than the rows before it.
  void check_numbers(const TermState& term, Column& column) const;
  /// The rows of `terms` split at item boundaries into parts of at most rows_per_pass rows.
  std::vector<Pack> packs(const std::vector<TermState*>& terms);
  /// What the term's objective takes of `packs`, whose log-probabilities are `leaves` (none: only
  /// masks and numbers); nothing where they hold no rows of it.
  std::optional<Columns> columns(const TermState& term, const std::vector<const Pack*>& packs,
                                 const std::vector<torch::Tensor>& leaves) const;
  /// Sets what the terms' losses of the whole step are divided by.
  void count(const std::vector<const Pack*>& packs);
  /// Adds each term's loss and metrics to its running sums, and the gradient of the weighted loss
  /// to `leaves` where they ask for it.
  void evaluate(const std::vector<const Pack*>& packs, const std::vector<torch::Tensor>& leaves);
  /// Log-probabilities of the rows' targets under the present weights.
  torch::Tensor log_probs(const PackedRows& rows);
  /// Gradients of the parameters; gives those of each pack's log-probabilities.
  std::vector<torch::Tensor> backward(const std::vector<Pack>& packs);
  void observe(const std::vector<Pack>& packs);
  void enter_ledger(const Pack& pack, const torch::Tensor& gradient);
  /// Takes the gradients and gives their norm.
  double gradient_norm();
  void update(const StepReport& report);

  // What is said where a number is not finite.
  [[noreturn]] void fail(const std::string& what, const TermState* term = nullptr) const;
  [[noreturn]] void fail_loss(const TermState& term, const std::vector<const Pack*>& packs,
                              const std::vector<torch::Tensor>& leaves) const;
  [[noreturn]] void fail_gradient(const std::vector<Pack>& packs,
                                  const std::vector<torch::Tensor>& slopes);
  /// The first rows of `term` at which `values` (one tensor a pack) are not finite; "" if none.
  std::string rows_not_finite(const TermState& term, const std::vector<const Pack*>& packs,
                              const std::vector<torch::Tensor>& values) const;

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
  int64_t step_ = 0;
  StepTimes times_;                 ///< of the present step
  std::vector<int64_t> positions_;  ///< likewise
};

}  // namespace leakprobe
