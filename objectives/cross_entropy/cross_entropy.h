#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"
#include "leakprobe/per_row.h"

namespace leakprobe {

/// Next-token cross-entropy: minus the log-probability of the rows, nats per token or per row.
class CrossEntropy final : public Objective {
 public:
  struct Options {
    PerRow per_row = PerRow::mean;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  CrossEntropy(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
