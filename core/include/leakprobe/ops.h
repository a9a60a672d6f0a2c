#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "leakprobe/forward_context.h"

/// The operations that models are built from. They obey the experiment's `compute:`, and they alone
/// know about positions, masks, packing and caches, so that every model gets those. Activations
/// have the shape (rows, tokens, width); all operations are differentiable, and compute no gradient
/// for what does not require one.
///
/// Types: weights are f32. With compute float32 everything is. With bfloat16 the matrix products
/// take bf16 inputs, and results of `linear` are the bf16 that such a product gives; operations
/// whose results go into the next product (norms, gelu, swiglu, attention) compute in f32 and round
/// once to the bf16 that this product would round to; `embedding` and `add` give f32, so that the
/// residual stream is never rounded. A model need not know: it hands results on as they are.
namespace leakprobe::ops {

/// (rows, tokens) int64 ids and (vocabulary, width) weight to (rows, tokens, width) f32. Throws
/// Error at an id outside the vocabulary.
torch::Tensor embedding(const ForwardContext& forward, const torch::Tensor& tokens,
                        const torch::Tensor& weight);

/// A linear map's parameters: weight (out, in), bias (out) or undefined.
struct Affine {
  torch::Tensor weight;
  torch::Tensor bias = {};
};

/// x weight^T + bias.
torch::Tensor linear(const ForwardContext& forward, const torch::Tensor& x,
                     const torch::Tensor& weight, const torch::Tensor& bias = {});

/// Several linear maps of the same x as one product, their results one after the other in the last
/// dimension. Either all have a bias or none.
torch::Tensor linear(const ForwardContext& forward, const torch::Tensor& x,
                     const std::vector<Affine>& maps);

/// base + first + second, f32: the residual stream and one or two branches.
torch::Tensor add(const ForwardContext& forward, const torch::Tensor& base,
                  const torch::Tensor& first, const torch::Tensor& second = {});

/// Where a norm's result goes: into matrix products, or out of the model as its hidden states,
/// which stay f32.
enum class Norm { inner, final };

/// Layer normalisation over the last dimension (Ba et al. 2016).
torch::Tensor layer_norm(const ForwardContext& forward, const torch::Tensor& x,
                         const torch::Tensor& weight, const torch::Tensor& bias, double epsilon,
                         Norm place = Norm::inner);

/// x / sqrt(mean(x^2) + epsilon) * weight over the last dimension (Zhang & Sennrich 2019).
torch::Tensor rms_norm(const ForwardContext& forward, const torch::Tensor& x,
                       const torch::Tensor& weight, double epsilon, Norm place = Norm::inner);

/// The exact (erf) Gaussian error linear unit (Hendrycks & Gimpel 2016).
torch::Tensor gelu(const ForwardContext& forward, const torch::Tensor& x);

/// silu(gate) * up (Shazeer 2020), where the first half of the last dimension of `gate_and_up` is
/// the gate: the result of one `linear` of both maps.
torch::Tensor swiglu(const ForwardContext& forward, const torch::Tensor& gate_and_up);

/// Rotary position embedding (Su et al. 2021), half-split layout as in Hugging Face checkpoints.
struct Rotary {
  /// The first ones of each head that are rotated; may be 0. An odd number is rounded up to a pair,
  /// whose angles still follow from the odd number: so the reference implementation has it.
  int64_t dimensions = 0;
  double theta = 10000.0;
  int64_t pairs() const { return (dimensions + 1) / 2; }
};

/// The numbers of a token that attention takes: queries of `heads` heads, keys and values of
/// `key_value_heads` (a divisor of heads), each of `head_size` numbers.
struct Heads {
  int64_t heads = 0;
  int64_t key_value_heads = 0;
  int64_t head_size = 0;
  /// joined: all queries, then all keys, then all values, as one `linear` of three maps gives them.
  /// by_head: query, key and value of each head together, as in GPT-NeoX; heads = key_value_heads.
  enum class Order { joined, by_head } order = Order::joined;
};

/// Causal attention with rotary positions, scores scaled by 1/sqrt(head_size): from
/// (rows, tokens, (heads + 2 key_value_heads) head_size) to (rows, tokens, heads head_size).
/// `block` is the number of the block that it is part of, from 0 on: by it the engine keeps keys
/// and values where rows are continued.
torch::Tensor rotary_attention(const ForwardContext& forward, int64_t block,
                               const torch::Tensor& query_key_value, const Heads& heads,
                               const Rotary& rotary);

/// The same where query (rows, tokens, heads, d), key and value (rows, tokens, key_value_heads, d)
/// are apart.
torch::Tensor rotary_attention(const ForwardContext& forward, int64_t block,
                               const torch::Tensor& query, const torch::Tensor& key,
                               const torch::Tensor& value, const Rotary& rotary);

/// Marks the end of a block: x is the residual stream there, and what this gives is what the next
/// block takes. By it probes see, and may replace, what stands between blocks.
torch::Tensor residual(const ForwardContext& forward, int64_t block, const torch::Tensor& x);

}  // namespace leakprobe::ops
