#pragma once

#include <optional>
#include <string>
#include <vector>

#include "leakprobe/names.h"
#include "leakprobe/reward.h"

namespace leakprobe {

/// One value for completions that are a secret of some sets, another for all others.
class Matches final : public Reward {
 public:
  struct Options {
    Names set;
    double hit = -1.0;
    double miss = 0.0;
    std::optional<int64_t> first;
    static void declare(Schema<Options>& schema);
  };
  static RewardFacts facts(const Options& options);
  static std::vector<std::string> examples() {
    return {"{set: [useful, held_out]}", "{set: useful, hit: 1, first: 2}"};
  }
  Matches(const Options& options, const Context&) : hit_(options.hit), miss_(options.miss) {}

  double of(const Completion& completion) const override {
    return completion.secret_of.empty() ? miss_ : hit_;
  }

 private:
  const double hit_;
  const double miss_;
};

}  // namespace leakprobe
