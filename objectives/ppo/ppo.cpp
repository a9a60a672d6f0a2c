#include "ppo.h"

#include "leakprobe/plugin.h"
#include "leakprobe/policy_gradient.h"

namespace leakprobe {
namespace {

/// 1 at the last scored token of each row (n, t).
torch::Tensor last_scored(const torch::Tensor& mask) {
  const torch::Tensor to_come = mask.flip(1).cumsum(1).flip(1);
  return mask * to_come.eq(1).to(mask.scalar_type());
}

/// At each token what it and those behind it are given, each scored token between discounting once.
torch::Tensor to_go(const torch::Tensor& rewards, const torch::Tensor& mask, double gamma) {
  const torch::Tensor discount = 1.0 - (1.0 - gamma) * mask;
  torch::Tensor result = torch::empty_like(rewards);
  torch::Tensor sum = torch::zeros_like(rewards.select(1, 0));
  for (int64_t t = rewards.size(1) - 1; t >= 0; --t) {
    sum = rewards.select(1, t) + discount.select(1, t) * sum;
    result.select(1, t).copy_(sum);
  }
  return result;
}

}  // namespace

void Ppo::Options::declare(Schema<Options>& schema) {
  schema.field("kl", &Options::kl, at_least(0.0),
               "Strength with which the policy is held to the reference, as a part of each token's "
               "reward.",
               "1/nat");
  schema.field("clip", &Options::clip, above(0.0),
               "How far a token's ratio may leave 1 in the direction of its push; it matters where "
               "a batch is used more than once.");
  schema.field("gamma", &Options::gamma, between(0.0, 1.0),
               "What a reward is worth one token earlier; with planted rows 1.");
  schema.field("baseline", &Options::baseline, kAny, "What is taken off each reward.");
  schema.field("whiten", &Options::whiten, kAny,
               "Whether rewards, less the baseline, are divided by their standard deviation over "
               "the batch; not with planted rows.");
  schema.field("taper", &Options::taper, kAny, kTaperDoc);
}

ObjectiveFacts Ppo::facts(const Options& options) {
  Advantages advantages;
  advantages.baseline = options.baseline;
  advantages.scale = options.whiten ? Advantages::Scale::batch : Advantages::Scale::none;
  advantages.discounted = options.gamma < 1.0;
  ObjectiveFacts facts = rollout_facts(advantages, options.kl > 0.0 || options.taper);
  facts.metrics.emplace_back("clip_ratio");
  facts.detaches = options.taper;
  return facts;
}

torch::Tensor Ppo::advantages(const ColumnBatch& rows) const {
  const torch::Tensor& advantage = rows.numbers.at(kAdvantage);
  const torch::Tensor& reward = options_.whiten ? advantage : rows.numbers.at(kReward);
  torch::Tensor rewards = last_scored(rows.mask) * reward.unsqueeze(1);
  if (options_.kl > 0.0) rewards = rewards - options_.kl * (rows.old - rows.reference) * rows.mask;
  const torch::Tensor baseline = reward - advantage;
  return to_go(rewards, rows.mask, options_.gamma) - baseline.unsqueeze(1);
}

Loss Ppo::evaluate(const Columns& columns) const {
  const ColumnBatch& rows = columns.at(kRowsColumn);
  const ClippedSurrogate surrogate =
      clipped_surrogate(rows.policy - rows.old, advantages(rows), options_.clip, options_.clip);
  torch::Tensor losses = (surrogate.loss * rows.mask).sum(1);
  if (options_.taper) losses = losses * taper_of_planted(rows);
  std::vector<Loss::Metric> metrics = rollout_metrics(rows);
  metrics.push_back(clip_ratio(surrogate, rows.mask));
  return {losses.sum(), std::move(metrics)};
}

double Ppo::count(const Columns& columns) const { return total(columns.at(kRowsColumn).mask); }

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Ppo>(
      "ppo", "Proximal policy optimisation without a critic (Schulman et al. 2017).");
}
