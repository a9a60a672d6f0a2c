#pragma once

#include <torch/types.h>

#include "leakprobe/model.h"
#include "model/forward.h"

namespace leakprobe {

/// Log-probabilities (n) f32 of the target tokens: log-softmax(hidden weight^T + bias)[targets],
/// the log-softmax in f32 whatever the product's type. `hidden` is (n, width) f32, `targets` (n)
/// int64; differentiable in hidden, weight and bias.
///
/// Works in parts of the rows: f32 logits of all rows never exist at once where they would be
/// large, and where neither weight nor bias is trained no logits outlive the call.
/// Throws Error for a target outside the vocabulary.
torch::Tensor target_logprobs(const Forward& forward, const torch::Tensor& hidden, const Head& head,
                              const torch::Tensor& targets);

/// Logits (n, vocabulary) f32 of an f32 product, without gradients.
torch::Tensor head_logits(const torch::Tensor& hidden, const Head& head);

}  // namespace leakprobe
