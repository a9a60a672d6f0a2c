#pragma once

#include <torch/types.h>

#include <cstdint>

#include "leakprobe/forward.h"

/// The operations that models are built from. They obey the experiment's `compute:` (bfloat16: the
/// matrix products only; everything else stays f32), and they alone know about positions, masks,
/// packing and caches, so that every model gets those. Activations are f32 and of shape
/// (rows, tokens, width) unless said otherwise; all are differentiable.
namespace leakprobe::ops {

/// (rows, tokens) int64 ids and (vocabulary, width) weight to (rows, tokens, width).
torch::Tensor embedding(const Forward& forward, const torch::Tensor& tokens,
                        const torch::Tensor& weight);

/// x weight^T + bias with weight (out, in); bias (out) or undefined.
torch::Tensor linear(const Forward& forward, const torch::Tensor& x, const torch::Tensor& weight,
                     const torch::Tensor& bias = {});

/// Layer normalisation over the last dimension (Ba et al. 2016).
torch::Tensor layer_norm(const Forward& forward, const torch::Tensor& x,
                         const torch::Tensor& weight, const torch::Tensor& bias, double epsilon);

/// x / sqrt(mean(x^2) + epsilon) * weight over the last dimension (Zhang & Sennrich 2019).
torch::Tensor rms_norm(const Forward& forward, const torch::Tensor& x, const torch::Tensor& weight,
                       double epsilon);

/// The exact (erf) Gaussian error linear unit (Hendrycks & Gimpel 2016).
torch::Tensor gelu(const Forward& forward, const torch::Tensor& x);

/// silu(gate) * up (Shazeer 2020).
torch::Tensor swiglu(const Forward& forward, const torch::Tensor& gate, const torch::Tensor& up);

/// Rotary position embedding (Su et al. 2021), half-split layout as in Hugging Face checkpoints.
struct Rotary {
  int64_t dimensions = 0;  ///< the first ones of each head that are rotated; even
  double theta = 10000.0;
};

/// Causal attention with rotary positions: query (rows, tokens, heads, d), key and value
/// (rows, tokens, key_value_heads, d) with heads a multiple of key_value_heads, scores scaled by
/// 1/sqrt(d); result (rows, tokens, heads * d).
torch::Tensor rotary_attention(const Forward& forward, const torch::Tensor& query,
                               const torch::Tensor& key, const torch::Tensor& value,
                               const Rotary& rotary);

}  // namespace leakprobe::ops
