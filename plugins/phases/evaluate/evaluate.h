#pragma once

#include "leakprobe/phase.h"

namespace leakprobe {

/// Trains nothing: a place for probes.
class Evaluate final : public Phase {
 public:
  using Options = NoOptions;
  explicit Evaluate(const Options&) {}
  Plan plan(const PlanContext&) const override { return {}; }
};

}  // namespace leakprobe
