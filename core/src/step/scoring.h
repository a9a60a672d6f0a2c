#pragma once

#include <torch/types.h>

#include <vector>

#include "data/packed_rows.h"
#include "leakprobe/probe.h"
#include "step/policy.h"
#include "step/step_times.h"

namespace leakprobe {

/// Log-probabilities (targets) f32 of the scored tokens of packed rows at `temperature`, in the
/// rows' order; differentiable where gradients are on. Adds the seconds that it takes to `times`.
torch::Tensor log_probs(const Policy& policy, const PackedRows& rows, StepTimes& times,
                        double temperature);

/// The same of any number of rows, without gradients, in parts that fit into memory.
torch::Tensor score(const Policy& policy, const std::vector<const Row*>& rows, double temperature);

/// A model as probes see it: logits are f32 products, or as good, whatever the compute type.
class ScoringModel final : public ProbedModel {
 public:
  /// `policy` outlives the object, which shares its copies of weights.
  explicit ScoringModel(const Policy& policy)
      : policy_(policy), forward_(policy.forward, Compute::float32) {}
  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override;
  std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) override;
  std::vector<torch::Tensor> residuals(const std::vector<const Row*>& rows, int64_t block) override;
  torch::Tensor unembed(const torch::Tensor& states) override;
  std::vector<Generated> generate(const std::vector<std::vector<int64_t>>& prompts,
                                  const Sampling& sampling, const RandomStream& random) override;
  int64_t blocks() const override { return policy_.model.blocks(); }

 private:
  const Policy& policy_;
  const ForwardContext forward_;
};

}  // namespace leakprobe
