#pragma once

#include <array>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Next-token cross-entropy: minus the log-probability of the rows, nats per token or per row.
class CrossEntropy final : public Objective {
 public:
  struct Options {
    enum class Reduction { mean, sum };
    friend constexpr auto words_of(Reduction) {
      return std::array{Word{Reduction::mean, "mean", "nats a token"},
                        Word{Reduction::sum, "sum", "nats a row"}};
    }
    Reduction per_row = Reduction::mean;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  CrossEntropy(const Options& options, const Context&)
      : per_token_(options.per_row == Options::Reduction::mean) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const bool per_token_;
};

}  // namespace leakprobe
