#pragma once

#include <torch/types.h>

#include "leakprobe/model.h"
#include "model/forward_context.h"
#include "model/target_softmax.h"

namespace leakprobe {

/// Log-probabilities (pairs) f32 of tokens after states: log-softmax(hidden weight^T + bias) at
/// each pair of `targets`, the log-softmax in f32 whatever the product's type. `hidden` is (states,
/// width); differentiable in hidden, weight and bias.
///
/// Works in parts of the states: f32 logits of all states never exist at once where they would be
/// large, and where neither weight nor bias is trained no logits outlive the call.
/// Throws Error for a target outside the vocabulary.
torch::Tensor target_logprobs(const ForwardContext& forward, const torch::Tensor& hidden,
                              const Head& head, const Targets& targets);
/// The same with one target (states) int64 a state.
torch::Tensor target_logprobs(const ForwardContext& forward, const torch::Tensor& hidden,
                              const Head& head, const torch::Tensor& targets);

/// States and a head whose logits are those of others over a temperature.
struct Tempered {
  torch::Tensor hidden;  ///< (states, width) f32
  Head head;
};
/// Those of `hidden` (f32) and `head` over `temperature`, above 0: both themselves at 1.
/// Differentiable in hidden and bias.
Tempered at_temperature(const torch::Tensor& hidden, const Head& head, double temperature);

/// Logits (n, vocabulary) f32 of an f32 product, or of one as good (`splits_head`), without
/// gradients.
torch::Tensor head_logits(const ForwardContext& forward, const torch::Tensor& hidden,
                          const Head& head);

}  // namespace leakprobe
