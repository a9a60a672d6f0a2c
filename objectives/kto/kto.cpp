#include "kto.h"

#include <string>

#include "leakprobe/plugin.h"
#include "leakprobe/preference.h"

namespace leakprobe {
namespace {

constexpr const char* kMismatched = "mismatched";

}  // namespace

void Kto::Options::declare(Schema<Options>& schema) {
  schema.field("beta", &Options::beta, above(0.0),
               "How soon the push fades as a text moves away from the reference point.", "1/nat");
  schema.field("reference_point", &Options::reference_point, kAny,
               "Of which rows the reference point is the mean log-ratio, where that is above 0.");
  schema.field("desirable_weight", &Options::desirable_weight, above(0.0),
               "Factor of the chosen rows' losses.");
  schema.field("undesirable_weight", &Options::undesirable_weight, above(0.0),
               "Factor of the rejected rows' losses.");
}

ObjectiveFacts Kto::facts(const Options& options) {
  ObjectiveFacts facts = preference_facts();
  if (options.reference_point == Options::Point::mismatched) {
    facts.columns.push_back({kMismatched, Sign::none});
  }
  facts.scope = ObjectiveFacts::Scope::batch;
  facts.detaches = true;
  facts.metrics.emplace_back("kl");
  return facts;
}

Loss Kto::evaluate(const Columns& columns) const {
  const Preference texts = preference(columns);
  torch::Tensor ratios;
  if (options_.reference_point == Options::Point::mismatched) {
    const ColumnBatch& mismatched = columns.at(kMismatched);
    ratios = mismatched.policy_sum() - mismatched.reference_sum();
  } else {
    ratios = at::cat({texts.chosen_ratio, texts.rejected_ratio});
  }
  const torch::Tensor point = ratios.detach().mean().clamp_min(0.0);
  const auto losses = [&](const torch::Tensor& gain) {
    return (1.0 - at::sigmoid(options_.beta * gain)).sum();
  };
  std::vector<Loss::Metric> metrics = reward_metrics(texts, options_.beta);
  metrics.push_back({"kl", point, 1.0});
  return {options_.desirable_weight * losses(texts.chosen_ratio - point) +
              options_.undesirable_weight * losses(point - texts.rejected_ratio),
          std::move(metrics)};
}

double Kto::count(const Columns& columns) const {
  return 2.0 * static_cast<double>(columns.items());
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Kto>(
      "kto", "Desirable and undesirable text without pairs (Ethayarajh et al. 2024).");
}
