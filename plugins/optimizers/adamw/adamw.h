#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "leakprobe/optimizer.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch.optim.AdamW computes it.
class AdamW final : public Optimizer {
 public:
  static constexpr bool kIsDefault = true;
  struct Options {
    double lr = 1e-4;
    std::array<double, 2> betas = {0.9, 0.999};
    double eps = 1e-8;
    double weight_decay = 0.01;
    double clip = 1.0;
    static void declare(Schema<Options>& schema);
  };
  static OptimizerFacts facts(const Options&) { return {.state_per_parameter = 2}; }
  AdamW(const Options& options, const Context&) : options_(options) {}

  double learning_rate() const override { return options_.lr; }
  double clip_norm() const override;
  void step(std::vector<Trained>& parameters, double rate, double gradient_scale) override;
  std::vector<std::pair<std::string, torch::Tensor>> state() const override;
  void restore(const std::vector<std::pair<std::string, torch::Tensor>>& state) override;

 private:
  struct Moments {
    std::string name;
    torch::Tensor first;   ///< running mean of gradients
    torch::Tensor second;  ///< running mean of their squares
  };
  void begin(const std::vector<Trained>& parameters);

  const Options options_;
  int64_t steps_ = 0;
  std::vector<Moments> moments_;
};

}  // namespace leakprobe
