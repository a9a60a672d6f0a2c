#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"
#include "leakprobe/per_row.h"

namespace leakprobe {

/// Cross-entropy turned round: makes rows less likely without an end, or with a taper.
class GradientAscent final : public Objective {
 public:
  struct Options {
    PerRow per_row = PerRow::mean;
    bool taper = false;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options& options);
  GradientAscent(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
