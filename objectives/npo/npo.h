#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Negative preference optimisation: make a text less likely than under the reference, the less
/// hard the less likely it is already.
class Npo final : public Objective {
 public:
  struct Options {
    double beta = 0.1;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  Npo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
