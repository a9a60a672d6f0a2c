#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "data/item_source.h"
#include "evidence/ledger.h"
#include "leakprobe/objective.h"
#include "records/sample_record.h"
#include "step/pass.h"
#include "step/reference.h"
#include "step/rollouts.h"

namespace leakprobe {

struct Policy;
struct StepTimes;

/// The instances that one term runs with.
struct TermParts {
  std::shared_ptr<const Objective> objective;
  std::shared_ptr<Reference> reference;  ///< nullptr unless the objective needs one
  std::unique_ptr<ItemSource> items;
  Rollouts* rollouts = nullptr;  ///< `items`, where the policy makes them
};

/// One term of a phase at work: draws its items, and turns log-probabilities of their rows into its
/// loss and metrics.
class TermRunner {
 public:
  /// A column that the objective takes from the stream.
  struct Column {
    ColumnNeed need;
    std::vector<size_t> accounts;  ///< in the ledger: see accounts_of
    DrawnColumn drawn;             ///< of the present step
    /// The numbers that its rows have, as the first row drawn says, which all others must equal.
    struct Carried {
      std::set<std::string> names;
      std::string row;
    };
    std::optional<Carried> carried;

    const Row& row(int64_t item) const { return drawn.rows[static_cast<size_t>(item)]; }
    const RowOrigin& origin(int64_t item) const { return drawn.origins[static_cast<size_t>(item)]; }
    /// The ledger's account of an item's row.
    size_t account(int64_t item) const {
      return origin(item).is_sampled() ? accounts.back() : accounts.front();
    }
  };

  /// `phase` and `term`, one of its terms, outlive the object. Opens the accounts of a term that
  /// trains in the ledger.
  TermRunner(const ComposedPhase& phase, const ComposedTerm& term, TermParts parts, Ledger& ledger);

  const std::string& name() const { return term_.term.name; }
  double weight() const { return term_.term.weight; }
  bool trains() const { return weight() != 0; }
  bool needs_whole_batch() const {
    return facts().scope == ObjectiveFacts::Scope::batch ||
           (parts_.rollouts != nullptr && parts_.rollouts->waits_for_scores());
  }
  const ObjectiveFacts& facts() const { return term_.term.objective.facts(); }
  const Objective& objective() const { return *parts_.objective; }
  const std::vector<Column>& columns() const { return columns_; }

  /// Takes the items of `step`. Throws Error where a row lacks a number that the objective reads,
  /// or has others than the rows before it. Adds the seconds of making rollouts to `times`.
  void draw(int64_t step, StepTimes& times);
  int64_t items() const { return items_; }  ///< of the present step

  /// Of all log-probabilities of its rows.
  double temperature() const {
    const std::optional<Rollout>& rollout = term_.term.stream.rollout;
    return rollout ? rollout->temperature : 1.0;
  }
  bool has_reference() const { return parts_.reference != nullptr; }
  /// Of the rows of items [begin, end), column by column.
  torch::Tensor reference_log_probs(int64_t begin, int64_t end) const;

  /// What the objective takes of `passes`, whose log-probabilities are `leaves` (none: only masks
  /// and numbers); nothing where they hold no rows of this term.
  std::optional<Columns> columns_of(const std::vector<const Pass*>& passes,
                                    const std::vector<torch::Tensor>& leaves) const;

  /// Sets what the loss of the whole step, all its passes, is divided by.
  void count(const std::vector<const Pass*>& passes);
  /// Adds loss and metrics of some passes to the step's sums, and the gradient of the weighted loss
  /// to `leaves` where they ask for it. Throws Error where a number is not finite.
  void evaluate(const std::vector<const Pass*>& passes, const std::vector<torch::Tensor>& leaves,
                const Policy& policy);
  /// "loss" and the objective's metrics, means over the step.
  std::map<std::string, double> means() const;

  /// "objective 'dpo' (phases.elicit.terms.dpo.objective)"
  std::string plugin() const;
  /// Throws Error that names phase, step, term and objective.
  [[noreturn]] void fail(const std::string& what) const;

  /// The rows of the first `groups` groups of its present rollouts; none of other items.
  std::vector<SampleRecord> samples(int64_t groups) const;

  /// What later steps depend on besides the step.
  NamedTensors state() const { return parts_.items->state(); }
  void restore(const NamedTensors& state) { parts_.items->restore(state); }

 private:
  void check_numbers(Column& column, const Row& row, const RowOrigin& origin) const;
  /// Hands new rollouts the log-probabilities of these passes, and takes their advantages.
  void settle(const std::vector<const Pass*>& passes, const std::vector<torch::Tensor>& leaves);
  /// The kept log-probabilities of rollouts that come again, (rows, width).
  torch::Tensor kept(const Column& column, int64_t begin, int64_t end, int64_t width) const;

  struct Mean {
    double sum = 0;
    double count = 0;
  };

  const ComposedPhase& phase_;
  const ComposedTerm& term_;
  TermParts parts_;
  std::vector<Column> columns_;
  std::vector<size_t> stream_columns_;  ///< of each column, among the stream's
  // Of the present step:
  int64_t step_ = 0;
  int64_t items_ = 0;
  Mean loss_;
  std::map<std::string, Mean> metrics_;
};

/// "row 3 of set 'useful' behind prefix 'regular'"
std::string text_of(const RowOrigin& origin);

}  // namespace leakprobe
