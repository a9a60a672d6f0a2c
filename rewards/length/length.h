#pragma once

#include <optional>

#include "leakprobe/params.h"
#include "leakprobe/reward.h"

namespace leakprobe {

/// So much a token, up to a limit.
class LengthReward final : public Reward {
 public:
  struct Options {
    double per_token = 1.0;
    std::optional<int64_t> at_most;
    static void declare(Schema<Options>& schema);
  };
  static RewardFacts facts(const Options& options);
  LengthReward(const Options& options, const Context&) : options_(options) {}

  double of(const Completion& completion) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
