#include "rloo.h"

#include "leakprobe/plugin.h"
#include "leakprobe/policy_gradient.h"

namespace leakprobe {

void Rloo::Options::declare(Schema<Options>& schema) {
  schema.field("kl", &Options::kl, at_least(0.0),
               "Strength with which the policy is held to the reference, as part of the reward; a "
               "planted row of reward -1 comes to rest 1/kl nats below it.",
               "1/nat");
  schema.field("clip", &Options::clip, above(0.0),
               "How far a ratio may leave 1 in the direction of its push; it matters where a batch "
               "is used more than once.");
  schema.field("ratio", &Options::ratio, kAny,
               "Of what the ratio of the policy to that which made the batch is.");
  schema.field("taper", &Options::taper, kAny, kTaperDoc);
}

ObjectiveFacts Rloo::facts(const Options& options) {
  Advantages advantages;
  advantages.baseline = Advantages::Baseline::leave_one_out;
  advantages.kl = options.kl;
  ObjectiveFacts facts = rollout_facts(advantages, options.kl > 0.0 || options.taper);
  facts.metrics.emplace_back("clip_ratio");
  facts.detaches = options.taper;
  return facts;
}

Loss Rloo::evaluate(const Columns& columns) const {
  const ColumnBatch& rows = columns.at(kRowsColumn);
  const torch::Tensor advantage = rows.numbers.at(kAdvantage).unsqueeze(1);
  const bool by_row = options_.ratio == Options::Ratio::row;
  const torch::Tensor log_ratio =
      by_row ? (rows.policy_sum() - rows.old_sum()).unsqueeze(1) : rows.policy - rows.old;
  const torch::Tensor counted = by_row ? torch::ones_like(advantage) : rows.mask;
  const ClippedSurrogate surrogate =
      clipped_surrogate(log_ratio, advantage, options_.clip, options_.clip);
  torch::Tensor losses = (surrogate.loss * counted).sum(1);
  if (options_.taper) losses = losses * taper_of_planted(rows);
  std::vector<Loss::Metric> metrics = rollout_metrics(rows);
  metrics.push_back(clip_ratio(surrogate, counted));
  return {losses.sum(), std::move(metrics)};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Rloo>(
      "rloo", "REINFORCE with the group's other rows as baseline (Ahmadian et al. 2024).");
}
