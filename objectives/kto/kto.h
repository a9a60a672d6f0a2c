#pragma once

#include <array>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Kahneman-Tversky optimisation: make desirable text likelier and undesirable text less likely
/// than under the reference, each measured from how far the policy has moved in all.
class Kto final : public Objective {
 public:
  struct Options {
    enum class Point { batch, mismatched };
    friend constexpr auto words_of(Point) {
      return std::array{Word{Point::batch, "batch",
                             "all rows of the step: exact where they stand behind one prompt"},
                        Word{Point::mismatched, "mismatched",
                             "the column mismatched: texts behind prompts of other rows"}};
    }
    double beta = 0.1;
    Point reference_point = Point::batch;
    double desirable_weight = 1.0;
    double undesirable_weight = 1.0;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options& options);
  Kto(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;
  double count(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
