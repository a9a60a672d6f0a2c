#include "simnpo.h"

#include "leakprobe/per_row.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void SimNpo::Options::declare(Schema<Options>& schema) {
  schema.field("beta", &Options::beta, above(0.0),
               "How soon the push fades as a text's tokens grow unlikely.", "1/nat");
  schema.field(
      "gamma", &Options::gamma, at_least(0.0),
      "Margin: the push fades once a token is less likely than exp(-gamma / beta) in the mean.");
}

ObjectiveFacts SimNpo::facts(const Options&) {
  ObjectiveFacts facts;
  facts.columns = {{"rejected", Sign::negative}};
  facts.metrics = {"rewards/rejected", "logps/rejected"};
  return facts;
}

Loss SimNpo::evaluate(const Columns& columns) const {
  const ColumnBatch& rejected = columns.at("rejected");
  const torch::Tensor logps = per_row(PerRow::mean, rejected.policy, rejected);
  const torch::Tensor reward = options_.beta * logps;
  return {-2.0 / options_.beta * at::log_sigmoid(-reward - options_.gamma).sum(),
          {{"rewards/rejected", reward.detach().sum()}, {"logps/rejected", logps.detach().sum()}}};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::SimNpo>("simnpo",
                                   "Negative preference optimisation by the mean over tokens, "
                                   "without a reference (Fan et al. 2024).");
}
