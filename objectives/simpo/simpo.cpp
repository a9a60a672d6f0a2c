#include "simpo.h"

#include "leakprobe/plugin.h"
#include "leakprobe/preference.h"

namespace leakprobe {

void SimPo::Options::declare(Schema<Options>& schema) {
  schema.field("beta", &Options::beta, above(0.0),
               "What a nat a token is worth: the larger, the sooner the push fades.", "1/nat");
  schema.field("gamma", &Options::gamma, at_least(0.0),
               "Margin by which the chosen text's reward is to exceed the rejected one's.");
}

ObjectiveFacts SimPo::facts(const Options&) { return preference_facts(false); }

Loss SimPo::evaluate(const Columns& columns) const {
  const Preference pairs = preference(columns, true);
  return {-at::log_sigmoid(options_.beta * pairs.delta() - options_.gamma).sum(),
          reward_metrics(pairs, options_.beta)};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::SimPo>(
      "simpo", "Preference by the mean over tokens, without a reference (Meng et al. 2024).");
}
