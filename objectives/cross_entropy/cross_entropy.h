#pragma once

#include <string>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Next-token cross-entropy: minus the log-probability of the rows, nats per token or per row.
class CrossEntropy final : public Objective {
 public:
  struct Options {
    std::string per_row = "mean";
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  CrossEntropy(const Options& options, const Context&) : per_token_(options.per_row == "mean") {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const bool per_token_;
};

}  // namespace leakprobe
