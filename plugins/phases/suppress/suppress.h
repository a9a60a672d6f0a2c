#pragma once

#include <optional>
#include <string>
#include <vector>

#include "leakprobe/phase.h"

namespace leakprobe {

/// One term that pushes text down, and what is trained beside it.
class Suppress final : public Phase {
 public:
  struct Options {
    Slot<Objective> objective;
    std::optional<Stream> pairs;
    std::optional<Stream> rows;
    WeightsRef reference;
    Named<Term> beside;
    static void declare(Schema<Options>& schema);
  };
  static std::vector<std::string> examples();
  explicit Suppress(const Options& options) : options_(options) {}
  /// Throws Error for an objective, or a reward of rollouts, that pushes nothing down.
  Plan plan(const PlanContext& context) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
