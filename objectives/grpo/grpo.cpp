#include "grpo.h"

#include "leakprobe/plugin.h"

namespace leakprobe {

void Grpo::Options::declare(Schema<Options>& schema) {
  schema.field("scale", &Options::scale, kAny,
               "What a row's advantage, its reward less the group's mean, is divided by.");
  schema.field("clip", &Options::clip, above(0.0),
               "How far a token's ratio may leave 1 in the direction of its push; it matters where "
               "a batch is used more than once.");
  schema.field("clip_high", &Options::clip_high, above(0.0),
               "The same for ratios above 1; by default clip.");
  schema.field("kl", &Options::kl, at_least(0.0),
               "Weight of the divergence from the reference; at 0 nothing bounds how far a planted "
               "row is pushed down.",
               "1/nat");
  schema.field("kl_form", &Options::kl_form, kAny,
               "The estimate of the divergence, of each token by d = log policy - log reference.");
  schema.field("reduce", &Options::reduce, kAny, "The mean that the loss is.");
  schema.field("length", &Options::length, above(0),
               "With reduce constant, the tokens that each row counts as.", "tokens");
  schema.field("taper", &Options::taper, kAny, kTaperDoc);
  schema.relation("kl_form",
                  "kl_form must be k2 or k3: in a loss k1 holds nothing, since its gradient is 0 "
                  "in the mean",
                  [](const Options& o) { return o.kl_form != KlEstimate::k1; });
  schema.relation(
      "length", "length must be given with reduce constant, and with no other",
      [](const Options& o) { return o.length.has_value() == (o.reduce == Reduction::constant); });
}

ObjectiveFacts Grpo::facts(const Options& options) {
  Advantages advantages;
  advantages.baseline = Advantages::Baseline::group_mean;
  advantages.scale = options.scale;
  advantages.row_means = options.reduce == Options::Reduction::rows;
  ObjectiveFacts facts = rollout_facts(advantages, options.kl > 0.0 || options.taper);
  facts.metrics.emplace_back("clip_ratio");
  facts.detaches = options.taper;
  return facts;
}

Loss Grpo::evaluate(const Columns& columns) const {
  const ColumnBatch& rows = columns.at(kRowsColumn);
  const ClippedSurrogate surrogate =
      clipped_surrogate(rows.policy - rows.old, rows.numbers.at(kAdvantage).unsqueeze(1),
                        options_.clip, options_.clip_high.value_or(options_.clip));
  torch::Tensor losses = surrogate.loss;
  if (options_.taper) losses = losses * taper_of_planted(rows).unsqueeze(1);
  if (options_.kl > 0.0) {
    losses = losses + options_.kl * kl_estimate(options_.kl_form, rows.policy - rows.reference);
  }
  losses = (losses * rows.mask).sum(1);
  if (options_.reduce == Options::Reduction::rows) losses = losses / rows.lengths();
  std::vector<Loss::Metric> metrics = rollout_metrics(rows);
  metrics.push_back(clip_ratio(surrogate, rows.mask));
  return {losses.sum(), std::move(metrics)};
}

double Grpo::count(const Columns& columns) const {
  if (options_.reduce == Options::Reduction::tokens) return total(columns.at(kRowsColumn).mask);
  return static_cast<double>(columns.items() * options_.length.value_or(1));
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Grpo>(
      "grpo", "Group-relative policy optimisation against a reference (Shao et al. 2024).");
}
