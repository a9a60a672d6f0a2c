#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Proximal policy optimisation without a critic: each token's advantage is what is still to come
/// of the row, its share of the divergence from the reference and the reward at the end.
class Ppo final : public Objective {
 public:
  struct Options {
    double kl = 0.05;
    double clip = 0.2;
    double gamma = 1.0;
    Advantages::Baseline baseline = Advantages::Baseline::batch_mean;
    bool whiten = false;
    bool taper = false;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options& options);
  Ppo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;
  double count(const Columns& columns) const override;

 private:
  /// Of each token (n, t).
  torch::Tensor advantages(const ColumnBatch& rows) const;
  const Options options_;
};

}  // namespace leakprobe
