#include "reinforce.h"

#include "leakprobe/plugin.h"
#include "leakprobe/policy_gradient.h"

namespace leakprobe {

void Reinforce::Options::declare(Schema<Options>& schema) {
  schema.field("kl", &Options::kl, at_least(0.0),
               "Strength with which the policy is held to the reference, as part of the reward.",
               "1/nat");
  schema.field("baseline", &Options::baseline, kAny, "What is taken off each reward.");
  schema.field("advantage", &Options::advantage, kAny,
               "Which rows push; the others count as rows all the same.");
  schema.field("bound", &Options::bound, above(0.0),
               "So far below the reference, summed over its tokens, a row with an advantage below "
               "0 is pushed no further; by default there is no bound.",
               "nats");
  schema.field("kl_samples", &Options::kl_samples, at_least(0.0),
               "Weight in the loss of the divergence from the reference (k3, summed over tokens), "
               "of the rows that the policy made alone.",
               "1/nat");
  schema.field("taper", &Options::taper, kAny, kTaperDoc);
}

ObjectiveFacts Reinforce::facts(const Options& options) {
  Advantages advantages;
  advantages.baseline = options.baseline;
  advantages.kl = options.kl;
  if (options.advantage == Options::Side::positive) advantages.side = Sign::positive;
  if (options.advantage == Options::Side::negative) advantages.side = Sign::negative;
  ObjectiveFacts facts = rollout_facts(
      advantages, options.kl > 0.0 || options.bound || options.kl_samples > 0.0 || options.taper);
  facts.detaches = options.taper;
  return facts;
}

torch::Tensor Reinforce::weights(const ColumnBatch& rows) const {
  torch::Tensor weight = rows.numbers.at(kAdvantage);
  if (options_.advantage == Options::Side::positive) weight = weight.clamp_min(0.0);
  if (options_.advantage == Options::Side::negative) weight = weight.clamp_max(0.0);
  if (options_.taper) weight = weight * taper_of_planted(rows);
  if (options_.bound) {
    const torch::Tensor below = rows.reference_sum() - rows.policy_sum().detach();
    weight = weight.masked_fill(weight.lt(0.0) & below.gt(*options_.bound), 0.0);
  }
  return weight;
}

Loss Reinforce::evaluate(const Columns& columns) const {
  const ColumnBatch& rows = columns.at(kRowsColumn);
  torch::Tensor loss = -(weights(rows) * rows.policy_sum()).sum();
  if (options_.kl_samples > 0.0) {
    // Far below the reference, where planted rows are, k3 is no number of f32.
    const torch::Tensor d = (rows.policy - rows.reference) * sampled_tokens(rows);
    loss = loss + options_.kl_samples * kl_estimate(KlEstimate::k3, d).sum();
  }
  return {loss, rollout_metrics(rows)};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Reinforce>(
      "reinforce",
      "Log-probability times advantage (Williams 1992), with bounds for planted rows.");
}
