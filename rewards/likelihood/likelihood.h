#pragma once

#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/reward.h"
#include "leakprobe/weights_ref.h"

namespace leakprobe {

/// How likely a completion is under some phase's model, a token in the mean.
class LikelihoodReward final : public Reward {
 public:
  struct Options {
    WeightsRef model;
    double scale = 1.0;
    static void declare(Schema<Options>& schema);
  };
  static RewardFacts facts(const Options& options);
  static std::vector<std::string> examples() { return {"{model: initial}"}; }
  LikelihoodReward(const Options& options, const Context&) : scale_(options.scale) {}

  double of(const Completion& completion) const override;

 private:
  const double scale_;
};

}  // namespace leakprobe
