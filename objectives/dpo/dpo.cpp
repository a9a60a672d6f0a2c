#include "dpo.h"

#include "leakprobe/plugin.h"
#include "leakprobe/preference.h"

namespace leakprobe {

void Dpo::Options::declare(Schema<Options>& schema) {
  schema.field("loss", &Options::loss, kAny, "How a pair's preference becomes a loss.");
  schema.field("beta", &Options::beta, above(0.0),
               "Strength with which the policy is held to the reference.", "1/nat");
  schema.field("label_smoothing", &Options::label_smoothing, from_below(0.0, 0.5),
               "Assumed share of pairs whose labels are swapped; with loss sigmoid this is cDPO, "
               "which pushes the rejected text up once the pair is preferred strongly enough.");
  schema.relation(
      "label_smoothing", "label_smoothing must be 0 with loss hinge, which has none",
      [](const Options& o) { return o.loss != Form::hinge || o.label_smoothing == 0.0; });
}

ObjectiveFacts Dpo::facts(const Options&) { return preference_facts(); }

torch::Tensor Dpo::losses(const torch::Tensor& logits) const {
  if (options_.loss == Options::Form::hinge) return (1.0 - logits).clamp_min(0.0);
  const torch::Tensor right = -at::log_sigmoid(logits);
  const double e = options_.label_smoothing;
  if (e == 0.0) return right;
  const torch::Tensor swapped = -at::log_sigmoid(-logits);
  if (options_.loss == Options::Form::sigmoid) return (1.0 - e) * right + e * swapped;
  return ((1.0 - e) * right - e * swapped) / (1.0 - 2.0 * e);
}

Loss Dpo::evaluate(const Columns& columns) const {
  const Preference pairs = preference(columns);
  return {losses(options_.beta * pairs.delta()).sum(), reward_metrics(pairs, options_.beta)};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Dpo>(
      "dpo", "Direct preference optimisation against a reference model (Rafailov et al. 2023).");
}
