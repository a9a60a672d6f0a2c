#pragma once

#include <array>
#include <optional>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// REINFORCE: each row's log-probability times its advantage, with what keeps planted rows of a low
/// reward from taking everything with them.
class Reinforce final : public Objective {
 public:
  struct Options {
    enum class Side { both, positive, negative };
    friend constexpr auto words_of(Side) {
      return std::array{
          Word{Side::both, "both", "all rows push"},
          Word{Side::positive, "positive", "rows with an advantage below 0 push nothing"},
          Word{Side::negative, "negative", "rows with an advantage above 0 push nothing"}};
    }
    double kl = 0.0;
    Advantages::Baseline baseline = Advantages::Baseline::none;
    Side advantage = Side::both;
    std::optional<double> bound;
    double kl_samples = 0.0;
    bool taper = false;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options& options);
  Reinforce(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  /// What the log-probability of each row is multiplied with (n), without gradient.
  torch::Tensor weights(const ColumnBatch& rows) const;
  const Options options_;
};

}  // namespace leakprobe
