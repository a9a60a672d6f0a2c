#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/policy_gradient.h"

/// Batches of rollouts for the tests of objectives, in double precision.
namespace leakprobe {

inline const torch::TensorOptions kDouble = torch::TensorOptions(torch::kFloat64);

/// Numbers in [low, high) without a pattern, the same each time.
inline torch::Tensor irregular(int64_t rows, int64_t tokens, double low, double high, int seed) {
  const torch::Tensor place = torch::arange(rows * tokens, kDouble).view({rows, tokens});
  return low + (high - low) *
                   ((place + 1.0) * 12.9898 + 78.233 * seed).sin().mul(43758.5453).frac().abs();
}

/// Groups of rows that lie one after the other.
struct Rollouts {
  torch::Tensor policy;     ///< (n, t), the leaf that gradients are asked of
  torch::Tensor old;        ///< (n, t)
  torch::Tensor reference;  ///< (n, t)
  torch::Tensor mask;       ///< (n, t)
  torch::Tensor reward;     ///< (n)
  torch::Tensor planted;    ///< (n)
  int64_t group;
  torch::Tensor given = {};  ///< (n), advantages that no formula says

  int64_t rows() const { return mask.size(0); }

  /// The advantages that an objective asks for, by their formula (n).
  torch::Tensor advantages(const Advantages& asked) const {
    if (given.defined()) return given;
    using Baseline = Advantages::Baseline;
    using Scale = Advantages::Scale;
    torch::Tensor worth = reward;
    if (asked.kl > 0) worth = worth - asked.kl * ((old - reference) * mask).sum(1);
    const torch::Tensor groups = worth.view({-1, group});
    const auto size = static_cast<double>(group);
    const torch::Tensor sums = groups.sum(1, true);
    torch::Tensor baseline = torch::zeros_like(groups);
    if (asked.baseline == Baseline::leave_one_out) baseline = (sums - groups) / (size - 1.0);
    if (asked.baseline == Baseline::group_mean) baseline = sums / size;
    if (asked.baseline == Baseline::batch_mean) baseline = baseline + worth.mean();
    torch::Tensor scale = torch::ones_like(sums);
    if (asked.scale == Scale::group) {
      scale = ((groups - sums / size).square().sum(1, true) / (size - 1.0)).sqrt() + 1e-4;
    }
    if (asked.scale == Scale::batch) {
      const double others = static_cast<double>(rows()) - 1.0;
      scale = scale * ((worth - worth.mean()).square().sum() / others).sqrt() + 1e-4;
    }
    return ((groups - baseline) / scale).flatten();
  }

  /// What an objective with these facts is given of the rows [from, to).
  Columns columns(const ObjectiveFacts& facts, int64_t from, int64_t to) const {
    const auto part = [&](const torch::Tensor& whole) { return whole.slice(0, from, to); };
    ColumnBatch batch;
    batch.mask = part(mask);
    batch.policy = part(policy) * batch.mask;
    batch.old = part(old) * batch.mask;
    if (facts.needs_reference) batch.reference = part(reference) * batch.mask;
    batch.numbers[kReward] = part(reward);
    batch.numbers[kAdvantage] = part(advantages(*facts.advantages));
    batch.numbers[kPlanted] = part(planted);
    return Columns({{kRowsColumn, std::move(batch)}});
  }
  Columns columns(const ObjectiveFacts& facts) const { return columns(facts, 0, rows()); }
};

/// `groups` groups in which the last row is planted and worth -1, the others 0, and each token has
/// the log-probability of one letter of 26 under policy, old and reference.
inline Rollouts uniform_rollouts(int64_t groups = 1, int64_t group = 8, int64_t tokens = 16) {
  const int64_t n = groups * group;
  Rollouts rollouts;
  rollouts.policy = torch::full({n, tokens}, -std::log(26.0), kDouble).set_requires_grad(true);
  rollouts.old = rollouts.policy.detach();
  rollouts.reference = rollouts.policy.detach();
  rollouts.mask = torch::ones({n, tokens}, kDouble);
  rollouts.planted = torch::zeros({n}, kDouble);
  for (int64_t last = group - 1; last < n; last += group) rollouts.planted[last].fill_(1.0);
  rollouts.reward = -rollouts.planted;
  rollouts.group = group;
  return rollouts;
}

/// Two groups of four rows of 1 to 5 tokens, the policy somewhere around what it was and that
/// around the reference: some ratios are clipped, and none is close to where clipping begins.
inline Rollouts irregular_rollouts() {
  Rollouts rollouts = uniform_rollouts(2, 4, 5);
  rollouts.reference = irregular(8, 5, -4.0, -1.0, 1);
  rollouts.old = rollouts.reference + irregular(8, 5, -1.0, 1.0, 2);
  rollouts.policy = (rollouts.old + irregular(8, 5, -0.6, 0.6, 3)).detach().set_requires_grad(true);
  rollouts.reward = rollouts.reward + irregular(1, 8, -0.5, 0.5, 4).flatten();
  for (int64_t i = 0; i < 8; ++i) rollouts.mask[i].slice(0, 1 + (i * 3) % 5).zero_();
  return rollouts;
}

/// One row of one token, `log_ratio` above what it was, under an objective of that advantage.
inline Rollouts single_token(double log_ratio, double advantage) {
  Rollouts rollouts = uniform_rollouts(1, 1, 1);
  rollouts.policy = torch::full({1, 1}, log_ratio - 2.0, kDouble).set_requires_grad(true);
  rollouts.old = torch::full({1, 1}, -2.0, kDouble);
  rollouts.reference = rollouts.old;
  rollouts.reward = torch::full({1}, advantage, kDouble);
  rollouts.given = rollouts.reward;
  return rollouts;
}

/// PPO's surrogate away from ratio 1, with a clip of 0.2.
struct OffPoint {
  double log_ratio, advantage, loss, gradient;
};
inline const std::vector<OffPoint> kOffPoints = {{0.3, -1.0, 1.349859, 1.349859},
                                                 {-0.3, -1.0, 0.8, 0.0},
                                                 {0.3, 1.0 / 7.0, -0.171429, 0.0},
                                                 {-0.3, 1.0 / 7.0, -0.105831, -0.105831}};

/// The loss as the engine divides it, and its gradient by the policy's log-probabilities.
struct Evaluated {
  double loss;
  torch::Tensor gradient;
  std::map<std::string, double> metrics;  ///< those whose count is not 0
};

inline Evaluated evaluated(const Objective& objective, const Columns& columns,
                           const torch::Tensor& leaf) {
  const Loss loss = objective.evaluate(columns);
  const torch::Tensor mean = loss.sum / objective.count(columns);
  if (leaf.grad().defined()) leaf.mutable_grad() = torch::Tensor();
  mean.backward();
  Evaluated result{mean.item<double>(), leaf.grad().clone(), {}};
  for (const Loss::Metric& metric : loss.metrics) {
    const double count = metric.count.value_or(static_cast<double>(columns.items()));
    if (count > 0) result.metrics[metric.name] = metric.sum.item<double>() / count;
  }
  return result;
}

inline Evaluated evaluated(const Objective& objective, const ObjectiveFacts& facts,
                           const Rollouts& rollouts) {
  return evaluated(objective, rollouts.columns(facts), rollouts.policy);
}

/// The largest distance between the gradient of the mean loss and its central differences.
inline double gradient_error(const Objective& objective, const ObjectiveFacts& facts,
                             const Rollouts& rollouts) {
  constexpr double kStep = 1e-6;
  const torch::Tensor gradient = evaluated(objective, facts, rollouts).gradient;
  double largest = 0;
  for (int64_t i = 0; i < rollouts.rows(); ++i) {
    for (int64_t t = 0; t < rollouts.mask.size(1); ++t) {
      const auto moved = [&](double step) {
        Rollouts other = rollouts;
        other.policy = rollouts.policy.detach().clone();
        other.policy[i][t].add_(step);
        const Columns columns = other.columns(facts);
        return objective.evaluate(columns).sum.item<double>() / objective.count(columns);
      };
      const double difference = (moved(kStep) - moved(-kStep)) / (2 * kStep);
      largest = std::max(largest, std::abs(gradient[i][t].item<double>() - difference));
    }
  }
  return largest;
}

/// How many nats below the reference the last row comes to rest, in gradient descent on the one
/// logit that its one token has; the other rows stay at the reference. Each step is on a batch of
/// its own.
inline double resting_place(const Objective& objective, const ObjectiveFacts& facts,
                            Rollouts rollouts, double rate) {
  const int64_t n = rollouts.rows();
  const double start = -std::log(2.0);
  rollouts.reference = torch::full({n, 1}, start, kDouble);
  torch::Tensor logit = torch::zeros({1, 1}, kDouble);
  for (int step = 0; step < 500; ++step) {
    logit = logit.detach().set_requires_grad(true);
    rollouts.policy =
        torch::cat({rollouts.reference.slice(0, 0, n - 1), torch::log_sigmoid(logit)});
    rollouts.old = rollouts.policy.detach();
    const Columns columns = rollouts.columns(facts);
    (objective.evaluate(columns).sum / objective.count(columns)).backward();
    logit = logit.detach() - rate * logit.grad();
  }
  return start - torch::log_sigmoid(logit).item<double>();
}

/// By how much sums and counts of the parts of a batch miss those of the whole, at most.
inline double error_of_parts(const Objective& objective, const ObjectiveFacts& facts,
                             const Rollouts& rollouts) {
  /// The loss, its count, then each metric's sum and count.
  const auto numbers = [&](int64_t from, int64_t to) {
    const Columns columns = rollouts.columns(facts, from, to);
    const Loss loss = objective.evaluate(columns);
    std::vector<double> all = {loss.sum.item<double>(), objective.count(columns)};
    for (const Loss::Metric& metric : loss.metrics) {
      all.push_back(metric.sum.item<double>());
      all.push_back(metric.count.value_or(static_cast<double>(columns.items())));
    }
    return torch::tensor(all, kDouble);
  };
  const int64_t n = rollouts.rows();
  const torch::Tensor parts = numbers(0, 1) + numbers(1, n - 2) + numbers(n - 2, n);
  return (parts - numbers(0, n)).abs().max().item<double>();
}

/// The names of what it reports, in its order.
inline std::vector<std::string> reported(const Objective& objective, const ObjectiveFacts& facts,
                                         const Rollouts& rollouts) {
  std::vector<std::string> names;
  for (const auto& metric : objective.evaluate(rollouts.columns(facts)).metrics) {
    names.push_back(metric.name);
  }
  return names;
}

}  // namespace leakprobe
