#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Simple preference optimisation: prefer the chosen text to the rejected one by the mean
/// log-probability of a token, with a margin and without a reference.
class SimPo final : public Objective {
 public:
  struct Options {
    double beta = 2.0;
    double gamma = 1.0;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  SimPo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
