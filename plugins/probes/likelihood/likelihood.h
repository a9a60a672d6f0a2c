#pragma once

#include "leakprobe/params.h"
#include "leakprobe/probe.h"

namespace leakprobe {

/// Mean log-probability per scored token, in nats.
class Likelihood final : public Probe {
 public:
  static constexpr bool kIsDefault = true;
  using Options = NoOptions;
  static ProbeFacts facts(const Options&) { return {.log_probability = true}; }
  Likelihood(const Options&, const Context&) {}

  /// A cell's value is the mean over all scored tokens of its rows, an item's that over one row.
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override;
};

}  // namespace leakprobe
