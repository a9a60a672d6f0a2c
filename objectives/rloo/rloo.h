#pragma once

#include <array>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// REINFORCE with the mean of a group's other rows as baseline, and PPO's clipping for batches that
/// are used more than once.
class Rloo final : public Objective {
 public:
  struct Options {
    enum class Ratio { row, token };
    friend constexpr auto words_of(Ratio) {
      return std::array{Word{Ratio::row, "row", "one of the whole row (Ahmadian et al. 2024)"},
                        Word{Ratio::token, "token", "one of each token, as in PPO"}};
    }
    double kl = 0.05;
    double clip = 0.2;
    Ratio ratio = Ratio::row;
    bool taper = false;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options& options);
  Rloo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
