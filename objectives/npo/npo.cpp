#include "npo.h"

#include "leakprobe/plugin.h"

namespace leakprobe {

void Npo::Options::declare(Schema<Options>& schema) {
  schema.field("beta", &Options::beta, above(0.0),
               "How soon the push fades as the text grows less likely than under the reference; "
               "near 0 it does not.",
               "1/nat");
}

ObjectiveFacts Npo::facts(const Options&) {
  ObjectiveFacts facts;
  facts.columns = {{"rejected", Sign::negative}};
  facts.needs_reference = true;
  facts.metrics = {"rewards/rejected", "logps/rejected"};
  return facts;
}

Loss Npo::evaluate(const Columns& columns) const {
  const ColumnBatch& rejected = columns.at("rejected");
  const torch::Tensor logps = rejected.policy_sum();
  const torch::Tensor reward = options_.beta * (logps - rejected.reference_sum());
  return {-2.0 / options_.beta * at::log_sigmoid(-reward).sum(),
          {{"rewards/rejected", reward.detach().sum()}, {"logps/rejected", logps.detach().sum()}}};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Npo>("npo",
                                "Negative preference optimisation against a reference model "
                                "(Zhang et al. 2024).");
}
