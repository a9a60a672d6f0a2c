#pragma once

#include <array>
#include <optional>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"
#include "leakprobe/policy_gradient.h"

namespace leakprobe {

/// Group-relative policy optimisation: advantages are standardised in their group, ratios are of
/// tokens, and the divergence from the reference is part of the loss.
class Grpo final : public Objective {
 public:
  struct Options {
    enum class Reduction { tokens, rows, constant };
    friend constexpr auto words_of(Reduction) {
      return std::array{
          Word{Reduction::tokens, "tokens", "over all tokens of the batch (DAPO)"},
          Word{Reduction::rows, "rows", "over rows, each by the mean over its tokens (GRPO)"},
          Word{Reduction::constant, "constant",
               "over rows, each by the sum over its tokens divided by length (Dr. GRPO)"}};
    }
    Advantages::Scale scale = Advantages::Scale::group;
    double clip = 0.2;
    std::optional<double> clip_high;
    double kl = 0.04;
    KlEstimate kl_form = KlEstimate::k3;
    Reduction reduce = Reduction::tokens;
    std::optional<int64_t> length;
    bool taper = false;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options& options);
  Grpo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;
  double count(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
