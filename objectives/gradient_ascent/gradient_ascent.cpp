#include "gradient_ascent.h"

#include "leakprobe/plugin.h"
#include "leakprobe/policy_gradient.h"

namespace leakprobe {

void GradientAscent::Options::declare(Schema<Options>& schema) {
  schema.field("per_row", &Options::per_row, kAny,
               "How a row's loss comes from that of its scored tokens.");
  schema.field("taper", &Options::taper, kAny,
               "Whether a row weighs the less, the less likely it is than under the reference: "
               "min(1, policy / reference).");
}

ObjectiveFacts GradientAscent::facts(const Options& options) {
  ObjectiveFacts facts;
  facts.columns = {{"rejected", Sign::negative}};
  facts.needs_reference = options.taper;
  facts.detaches = options.taper;
  return facts;
}

Loss GradientAscent::evaluate(const Columns& columns) const {
  const ColumnBatch& rejected = columns.at("rejected");
  torch::Tensor losses = per_row(options_.per_row, rejected.policy, rejected);
  if (options_.taper) losses = losses * taper(rejected);
  return {losses.sum(), {}};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::GradientAscent>(
      "gradient_ascent", "Makes rows less likely: cross-entropy turned round (Jang et al. 2022).");
}
