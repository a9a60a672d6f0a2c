#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Simple negative preference optimisation: NPO by the mean log-probability of a token in place of
/// a reference.
class SimNpo final : public Objective {
 public:
  struct Options {
    double beta = 2.5;
    double gamma = 0.0;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  SimNpo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
