#pragma once

#include <array>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Identity preference optimisation: regress the preference beyond the reference's to 1/(2 beta).
class Ipo final : public Objective {
 public:
  struct Options {
    double beta = 0.1;
    enum class Reduction { sum, mean };
    friend constexpr auto words_of(Reduction) {
      return std::array{Word{Reduction::sum, "sum", "over a text's tokens, as in the paper"},
                        Word{Reduction::mean, "mean", "as in TRL"}};
    }
    Reduction log_probs = Reduction::sum;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  Ipo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
