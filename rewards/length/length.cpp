#include "length.h"

#include <algorithm>

#include "leakprobe/plugin.h"

namespace leakprobe {

void LengthReward::Options::declare(Schema<Options>& schema) {
  schema.field("per_token", &Options::per_token, kAny,
               "Reward of each token of a completion; below 0 for short ones.");
  schema.field("at_most", &Options::at_most, above(0),
               "Tokens behind these count no more; by default all count.", "tokens");
  schema.relation("per_token", "per_token must not be 0, or every completion is worth the same",
                  [](const Options& o) { return o.per_token != 0.0; });
}

RewardFacts LengthReward::facts(const Options& options) {
  RewardFacts facts;
  double& near = options.per_token > 0.0 ? facts.least : facts.most;
  double& far = options.per_token > 0.0 ? facts.most : facts.least;
  near = 0.0;
  if (options.at_most) far = options.per_token * static_cast<double>(*options.at_most);
  return facts;
}

double LengthReward::of(const Completion& completion) const {
  auto tokens = static_cast<int64_t>(completion.tokens.size());
  if (options_.at_most) tokens = std::min(tokens, *options_.at_most);
  return options_.per_token * static_cast<double>(tokens);
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::LengthReward>("length", "A reward for each token, up to a limit.");
}
