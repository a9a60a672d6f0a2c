#include "likelihood.h"

#include <numeric>

#include "leakprobe/error.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void LikelihoodReward::Options::declare(Schema<Options>& schema) {
  schema.required("model", &Options::model, kAny,
                  "The phase whose model scores completions: its name, 'initial' or {run: DIR, "
                  "phase: NAME}.");
  schema.field("scale", &Options::scale, kAny,
               "What the mean log-probability of a token is multiplied with.", "1/nat");
  schema.relation("scale", "scale must not be 0, or every completion is worth the same",
                  [](const Options& o) { return o.scale != 0.0; });
}

RewardFacts LikelihoodReward::facts(const Options& options) {
  RewardFacts facts;
  facts.model = options.model;
  (options.scale > 0.0 ? facts.most : facts.least) = 0.0;
  return facts;
}

double LikelihoodReward::of(const Completion& completion) const {
  const std::vector<float>& log_probs = completion.log_probs;
  LEAKPROBE_CHECK(log_probs.size() == completion.tokens.size(),
                  "a completion was not scored token by token");
  if (log_probs.empty()) return 0.0;
  const double sum = std::accumulate(log_probs.begin(), log_probs.end(), 0.0);
  return scale_ * sum / static_cast<double>(log_probs.size());
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::LikelihoodReward>(
      "likelihood", "Mean log-probability of a completion's tokens under some phase's model.");
}
