#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Odds-ratio preference optimisation: cross-entropy on the chosen text, and its odds above those
/// of the rejected one.
class Orpo final : public Objective {
 public:
  struct Options {
    double beta = 0.1;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  Orpo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
