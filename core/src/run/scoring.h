#pragma once

#include <torch/types.h>

#include <vector>

#include "data/packed_rows.h"
#include "leakprobe/model.h"
#include "leakprobe/probe.h"
#include "model/forward.h"

namespace leakprobe {

/// Hidden states (states, width) before the scored tokens of packed rows; differentiable where
/// gradients are on.
torch::Tensor scored_states(const Model& model, const Forward& forward, const PackedRows& rows);
/// Log-probabilities f32 of the scored tokens, in the order of the rows, from those states.
torch::Tensor scored_logprobs(const Model& model, const Forward& forward,
                              const torch::Tensor& states, const PackedRows& rows);

/// Log-probabilities (targets) f32 of the scored tokens of any number of rows, without gradients,
/// in parts that fit into memory.
torch::Tensor score(const Model& model, const Forward& forward, torch::Device device,
                    const std::vector<const Row*>& rows);

/// A model as probes see it: logits are f32 products, whatever the compute type.
class ScoringModel final : public ProbedModel {
 public:
  /// `forward` is how the model computes otherwise; its copies of weights are shared.
  ScoringModel(const Model& model, const Forward& forward, torch::Device device)
      : model_(model), forward_(forward, Compute::float32), device_(device) {}
  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override;
  std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) override;

 private:
  const Model& model_;
  Forward forward_;
  torch::Device device_;
};

}  // namespace leakprobe
