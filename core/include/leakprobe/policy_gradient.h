#pragma once

#include <torch/types.h>

#include <array>
#include <string>
#include <vector>

#include "leakprobe/objective.h"
#include "leakprobe/stream.h"
#include "leakprobe/words.h"

/// What objectives on rollouts have in common. A planted row stands in the batch with a reward, but
/// was not made by the policy.
namespace leakprobe {

/// What the engine gives the rows of rollouts, one number each.
inline constexpr const char* kReward = "reward";
inline constexpr const char* kAdvantage = "advantage";
inline constexpr const char* kPlanted = "planted";

/// Where a ratio grows no more, so that it stays finite in f32; beyond it no gradient passes.
inline constexpr double kMostLogRatio = 20.0;

/// PPO's surrogate of -advantage times ratio (Schulman et al. 2017, arXiv:1707.06347, equation 7),
/// each of its values for a row (n, 1) or for a token (n, t).
struct ClippedSurrogate {
  /// -min(w A, clip(w, 1 - low, 1 + high) A) with w = exp(log_ratio). For A < 0 and w > 1 it has no
  /// bound: it grows with the ratio.
  torch::Tensor loss;
  torch::Tensor clipped;  ///< 1 where the bound holds and so no gradient passes
};

/// `log_ratio` is policy - old and differentiable, (n, 1) or (n, t); `advantage` has its shape or
/// one value a row (n, 1).
inline ClippedSurrogate clipped_surrogate(const torch::Tensor& log_ratio,
                                          const torch::Tensor& advantage, double low, double high) {
  const torch::Tensor ratio = log_ratio.clamp(-kMostLogRatio, kMostLogRatio).exp();
  const torch::Tensor bounded = ratio.clamp(1.0 - low, 1.0 + high);
  const torch::Tensor clipped =
      (ratio.gt(1.0 + high) & advantage.gt(0.0)) | (ratio.lt(1.0 - low) & advantage.lt(0.0));
  return {torch::maximum(-ratio * advantage, -bounded * advantage),
          clipped.to(log_ratio.scalar_type())};
}

/// Estimates of KL(policy || reference) from one token that the policy made, by
/// d = log policy - log reference. Source: Schulman 2020, joschu.net/blog/kl-approx.html.
/// In a loss their gradients differ: that of k1 is 0 in the mean, that of k2 is the divergence's,
/// that of k3 the one of KL(reference || policy), which is cross-entropy on the reference's text.
enum class KlEstimate { k1, k2, k3 };
constexpr auto words_of(KlEstimate) {
  return std::array{
      Word{KlEstimate::k1, "k1", "d, whose gradient is 0 in the mean"},
      Word{KlEstimate::k2, "k2", "d^2 / 2, whose gradient grows with the distance"},
      Word{KlEstimate::k3, "k3",
           "exp(-d) - 1 + d, whose gradient below the reference grows exponentially"}};
}

/// Of each token, not clamped.
inline torch::Tensor kl_estimate(KlEstimate form, const torch::Tensor& d) {
  if (form == KlEstimate::k1) return d;
  if (form == KlEstimate::k2) return d.square() / 2.0;
  return torch::expm1(-d) + d;
}

/// Weights of rows (n) by which a push fades as their text grows unlikely, without gradient:
/// min(1, exp(S - S_reference)) with S a row's log-probability.
/// Source: TOPR (Le Roux et al. 2025, arXiv:2503.14286), with the reference as what the rows came
/// from.
inline torch::Tensor taper(const ColumnBatch& rows) {
  return (rows.policy_sum().detach() - rows.reference_sum()).clamp_max(0.0).exp();
}
/// The same of planted rows, and 1 where the policy made the row.
inline torch::Tensor taper_of_planted(const ColumnBatch& rows) {
  return 1.0 + rows.numbers.at(kPlanted) * (taper(rows) - 1.0);
}
/// What the option by which an objective on rollouts takes these weights is for.
inline constexpr const char* kTaperDoc =
    "Whether planted rows weigh the less, the less likely they are than under the reference: "
    "min(1, policy / reference).";

/// 1 at each scored token of the rows that the policy made (n, t).
inline torch::Tensor sampled_tokens(const ColumnBatch& rows) {
  return rows.mask * (1.0 - rows.numbers.at(kPlanted)).unsqueeze(1);
}

/// The sum as a plain number.
inline double total(const torch::Tensor& tensor) { return tensor.sum().item<double>(); }

/// Column and metrics of an objective on rollouts, to which it may add metrics of its own.
inline ObjectiveFacts rollout_facts(const Advantages& advantages, bool needs_reference) {
  ObjectiveFacts facts;
  facts.columns = {{kRowsColumn, Sign::both}};
  facts.needs_reference = needs_reference;
  facts.metrics = {"entropy"};
  if (needs_reference) facts.metrics.insert(facts.metrics.end(), {"kl", "suppression"});
  facts.advantages = advantages;
  return facts;
}

/// entropy: -old, nats a token of the rows that the policy made. Against a reference, kl: old -
/// reference, nats a token of the same, since only of the policy that made them do its rows show
/// the divergence; suppression: how far planted rows lie below it, nats a row.
inline std::vector<Loss::Metric> rollout_metrics(const ColumnBatch& rows) {
  const torch::Tensor sampled = sampled_tokens(rows);
  const double tokens = total(sampled);
  std::vector<Loss::Metric> metrics = {{"entropy", -(rows.old * sampled).sum(), tokens}};
  if (!rows.reference.defined()) return metrics;
  const torch::Tensor& planted = rows.numbers.at(kPlanted);
  const torch::Tensor below = rows.reference_sum() - rows.policy_sum().detach();
  metrics.push_back({"kl", ((rows.old - rows.reference) * sampled).sum(), tokens});
  metrics.push_back({"suppression", (below * planted).sum(), total(planted)});
  return metrics;
}

/// clip_ratio: the share of rows or tokens, those of which `mask` is 1, that the bound holds.
inline Loss::Metric clip_ratio(const ClippedSurrogate& surrogate, const torch::Tensor& mask) {
  return {"clip_ratio", (surrogate.clipped * mask).sum(), total(mask)};
}

}  // namespace leakprobe
