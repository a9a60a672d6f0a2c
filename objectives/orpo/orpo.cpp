#include "orpo.h"

#include "../log_complement.h"
#include "leakprobe/plugin.h"
#include "leakprobe/preference.h"

namespace leakprobe {
namespace {

/// log(p / (1 - p))
torch::Tensor log_odds(const torch::Tensor& log_p) { return log_p - log_complement(log_p); }

}  // namespace

void Orpo::Options::declare(Schema<Options>& schema) {
  schema.field("beta", &Options::beta, above(0.0),
               "Weight of the odds ratio beside the cross-entropy on the chosen text.");
}

ObjectiveFacts Orpo::facts(const Options&) {
  ObjectiveFacts facts = preference_facts(false);
  facts.metrics.insert(facts.metrics.end(), {"nll_loss", "log_odds_ratio"});
  return facts;
}

Loss Orpo::evaluate(const Columns& columns) const {
  const Preference pairs = preference(columns, true);
  const torch::Tensor ratio = log_odds(pairs.chosen_logps) - log_odds(pairs.rejected_logps);
  const torch::Tensor nll = -pairs.chosen_logps;
  std::vector<Loss::Metric> metrics = reward_metrics(pairs, options_.beta);
  metrics.push_back({"nll_loss", nll.detach().sum()});
  metrics.push_back({"log_odds_ratio", ratio.detach().sum()});
  return {(nll - options_.beta * at::log_sigmoid(ratio)).sum(), std::move(metrics)};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Orpo>(
      "orpo", "Cross-entropy with an odds ratio of chosen to rejected text (Hong et al. 2024).");
}
