#pragma once

#include <torch/types.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"
#include "leakprobe/sign.h"
#include "leakprobe/words.h"

namespace leakprobe {

/// A column of a stream that an objective takes.
struct ColumnNeed {
  std::string name;
  /// What the loss does to its text; with `none` no gradient may reach it.
  Sign sign = Sign::positive;
  /// Names of the numbers that it reads from the column's rows (Row::numbers): a stream whose rows
  /// lack one is refused.
  std::vector<std::string> numbers = {};
};

/// How the rewards of a batch of rollouts become advantages, one a row: the engine computes them
/// over the whole batch, before it is split. With R the reward, S the sums of a row's
/// log-probabilities when the batch was made, and b the baseline:
///     advantage = (R - kl * (S_policy - S_reference) - b) / scale
struct Advantages {
  enum class Baseline { none, leave_one_out, group_mean, batch_mean };
  friend constexpr auto words_of(Baseline) {
    return std::array{
        Word{Baseline::none, "none", "0"},
        Word{Baseline::leave_one_out, "leave_one_out", "the mean of the group's other rows"},
        Word{Baseline::group_mean, "group_mean", "the group's mean"},
        Word{Baseline::batch_mean, "batch_mean", "the batch's mean"}};
  }
  enum class Scale { none, group, batch };
  friend constexpr auto words_of(Scale) {
    return std::array{
        Word{Scale::none, "none", "1"},
        Word{Scale::group, "group", "the group's standard deviation (n - 1) plus 1e-4"},
        Word{Scale::batch, "batch", "the batch's standard deviation (n - 1) plus 1e-4"}};
  }
  Baseline baseline = Baseline::leave_one_out;
  Scale scale = Scale::none;
  double kl = 0;  ///< 1/nat; other than 0 needs a reference
  /// Whether the objective gives a row's early tokens less of its reward than its late ones. Taken
  /// off a baseline they may then be pushed the other way than the row, so that nothing is planted.
  bool discounted = false;
  /// Rows with an advantage of which side push; `both` = all, positive = those above 0.
  Sign side = Sign::both;
  /// Whether a row counts by the mean over its tokens, so that a long one is pushed less a token.
  bool row_means = false;
};

/// What is known of an objective before it is made.
struct ObjectiveFacts {
  std::vector<ColumnNeed> columns;
  /// Whether it compares with a reference model's log-probabilities.
  bool needs_reference = false;
  /// row: the loss is a sum over items and may be split at item boundaries. batch: it needs all
  /// items of the step at once.
  enum class Scope { row, batch };
  Scope scope = Scope::row;
  /// Whether the loss takes something of the policy as a constant (a weight, a baseline), so that
  /// its gradient is not its slope; by that `leakprobe verify` judges all others.
  bool detaches = false;
  /// Names of the metrics that `evaluate` reports, all of them at each call, so that gates can name
  /// them.
  std::vector<std::string> metrics;
  /// Of objectives that train on rollouts, and on nothing else: their one column gets `old`, and
  /// the numbers "reward", "advantage" and "planted" (1 where the row was not made by the policy).
  std::optional<Advantages> advantages = {};
};

/// Numbers of the rows of a column by name, (n) f32 each on the device of the log-probabilities:
/// all that the rows have (Row::numbers), declared or not.
class RowNumbers : public std::map<std::string, torch::Tensor> {
 public:
  using map::map;
  /// Throws Error, with the names that there are, where the rows have no such number.
  const torch::Tensor& at(const std::string& name) const;
};

/// One column of the items at hand: n rows padded to a common length of t target tokens.
struct ColumnBatch {
  torch::Tensor policy;     ///< (n, t) f32 log-probabilities of the target tokens, differentiable
  torch::Tensor reference;  ///< the same under the reference; undefined unless needs_reference
  torch::Tensor mask;       ///< (n, t) f32: 1 where the token is scored; elsewhere both are 0
  RowNumbers numbers;
  /// (n, t) f32, of rollouts: `policy` as it was when the batch was made, without gradient; equal
  /// to it at the first step on the batch.
  torch::Tensor old = {};

  /// Sum over the scored tokens (n).
  torch::Tensor policy_sum() const;
  torch::Tensor reference_sum() const;
  torch::Tensor old_sum() const;
  /// Scored tokens of each row (n), at least 1 so that it can be divided by.
  torch::Tensor lengths() const;
};

/// The columns that the objective asked for, in its order; row i of each belongs to item i.
class Columns {
 public:
  explicit Columns(std::vector<std::pair<std::string, ColumnBatch>> columns)
      : columns_(std::move(columns)) {}
  const ColumnBatch& at(const std::string& name) const;
  int64_t items() const { return columns_.front().second.mask.size(0); }

 private:
  std::vector<std::pair<std::string, ColumnBatch>> columns_;
};

/// Sums over items, so that parts of a batch add up exactly.
struct Loss {
  struct Metric {
    std::string name;   ///< TRL's names: "rewards/chosen", "logps/rejected", ...
    torch::Tensor sum;  ///< scalar, over what `count` counts
    /// What the sum is divided by, such as the number of tokens; the items where it is not given.
    /// A metric whose counts add up to 0 in a step is not reported there.
    std::optional<double> count = {};
  };
  torch::Tensor sum;  ///< scalar, differentiable; divided by Objective::count
  std::vector<Metric> metrics;
};

/// A loss as a function of target-token log-probabilities; minimised. It never calls backward.
///
/// A plugin's class has `struct Options`, `static ObjectiveFacts facts(const Options&)` and a
/// constructor `(const Options&, const Context&)`.
class Objective {
 public:
  static constexpr Kind kKind = Kind::objective;
  using Interface = Objective;
  using Facts = ObjectiveFacts;
  virtual ~Objective() = default;

  /// The loss of these items; the engine divides its sum by `count` of the whole batch. Changes
  /// nothing of what it is given; tokens that are not scored count nowhere.
  virtual Loss evaluate(const Columns& columns) const = 0;

  /// What a batch's loss is divided by, from masks and numbers alone; the number of items unless
  /// overridden.
  virtual double count(const Columns& columns) const {
    return static_cast<double>(columns.items());
  }
};

}  // namespace leakprobe
