#include "unlikelihood.h"

#include "../log_complement.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void Unlikelihood::Options::declare(Schema<Options>& schema) {
  schema.field("per_row", &Options::per_row, kAny,
               "How a row's loss comes from that of its scored tokens.");
}

ObjectiveFacts Unlikelihood::facts(const Options&) {
  ObjectiveFacts facts;
  facts.columns = {{"rejected", Sign::negative}};
  return facts;
}

Loss Unlikelihood::evaluate(const Columns& columns) const {
  const ColumnBatch& rejected = columns.at("rejected");
  const torch::Tensor losses = -log_complement(rejected.policy) * rejected.mask;
  return {per_row(options_.per_row, losses, rejected).sum(), {}};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Unlikelihood>(
      "unlikelihood",
      "Makes the tokens of rows less likely, each by itself (Welleck et al. 2019).");
}
