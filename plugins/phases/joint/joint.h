#pragma once

#include <cstdint>
#include <optional>

#include "leakprobe/phase.h"

namespace leakprobe {

/// Several weighted terms at once.
class Joint final : public Phase {
 public:
  struct TermOptions {
    Slot<Objective> objective;
    std::optional<Stream> pairs;
    std::optional<Stream> rows;
    WeightsRef reference;
    double weight = 1.0;
    std::optional<int64_t> batch;
    static void declare(Schema<TermOptions>& schema);
  };
  struct Options {
    Named<TermOptions> terms;
    static void declare(Schema<Options>& schema);
  };
  explicit Joint(const Options& options) : options_(options) {}
  Plan plan(const PlanContext& context) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
