#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"

namespace leakprobe {

struct OptimizerFacts {
  /// Numbers that it keeps for each trained one from step to step: 2 for Adam's moments, 0 for
  /// plain gradient descent.
  int64_t state_per_parameter = 0;
};

/// A trained parameter with its gradient of this step; both f32 and of one shape.
struct Trained {
  std::string name;
  torch::Tensor value;
  torch::Tensor gradient;
};

/// Changes parameters by their gradients. Made anew for each phase.
///
/// A plugin's class has `struct Options`, a constructor `(const Options&, const Context&)` and,
/// where it keeps state, `static OptimizerFacts facts(const Options&)`.
class Optimizer {
 public:
  static constexpr Kind kKind = Kind::optimizer;
  using Interface = Optimizer;
  using Facts = OptimizerFacts;
  virtual ~Optimizer() = default;

  /// The learning rate before the schedule's factor.
  virtual double learning_rate() const = 0;
  /// Gradients of a larger norm are scaled down to it; infinity = never.
  virtual double clip_norm() const = 0;

  /// One update with learning rate `rate`; gradients count `gradient_scale` times. Always called
  /// with the same parameters in the same order. Must not keep or change the gradients, nor change
  /// what lies beside the values in memory: frozen parameters do not move.
  virtual void step(std::vector<Trained>& parameters, double rate, double gradient_scale) = 0;

  /// All that the next step depends on, by name: written at an interruption, given back, on the
  /// device of the parameters, to `restore` of a new instance.
  virtual std::vector<std::pair<std::string, torch::Tensor>> state() const = 0;
  virtual void restore(const std::vector<std::pair<std::string, torch::Tensor>>& state) = 0;
};

}  // namespace leakprobe
