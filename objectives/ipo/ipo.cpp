#include "ipo.h"

#include "leakprobe/plugin.h"
#include "leakprobe/preference.h"

namespace leakprobe {

void Ipo::Options::declare(Schema<Options>& schema) {
  schema.field(
      "beta", &Options::beta, above(0.0),
      "Strength with which the policy is held to the reference; the preference is drawn to "
      "1/(2 beta).",
      "1/nat");
  schema.field("log_probs", &Options::log_probs, kAny,
               "How the log-probability of a text comes from that of its tokens.");
}

ObjectiveFacts Ipo::facts(const Options&) { return preference_facts(); }

Loss Ipo::evaluate(const Columns& columns) const {
  const Preference pairs = preference(columns, options_.log_probs == Options::Reduction::mean);
  const torch::Tensor distance = pairs.delta() - 1.0 / (2.0 * options_.beta);
  return {distance.square().sum(), reward_metrics(pairs, options_.beta)};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Ipo>(
      "ipo", "Identity preference optimisation against a reference model (Azar et al. 2023).");
}
