#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "leakprobe/forward_context.h"
#include "leakprobe/ops.h"
#include "model/compute.h"
#include "model/key_value_cache.h"
#include "model/row_layout.h"
#include "model/split_product.h"

namespace leakprobe {

/// How the operations of ops.h and the head compute, and what they keep from one call to the next.
///
/// One object serves one model for as long as it likes and one thread at a time: weights that have
/// changed are noticed by their version, which every in-place operation of LibTorch counts up.
class ForwardContext {
 public:
  explicit ForwardContext(Compute compute) : ForwardContext(compute, compute) {}
  /// `head` is the type of the last product alone: float32 for probes.
  ForwardContext(Compute compute, Compute head) : compute_(compute), head_(head) {}
  /// Like `other`, whose copies of weights it shares, but for the last product.
  ForwardContext(const ForwardContext& other, Compute head)
      : compute_(other.compute_), head_(head), casts_(other.casts_), angles_(other.angles_) {}
  /// Like `other`, with which it shares what is kept, for rows that lie as `layout` says: tokens
  /// and activations then are (1, nodes, ...).
  ForwardContext(const ForwardContext& other, c10::intrusive_ptr<RowLayout> layout)
      : compute_(other.compute_),
        head_(other.head_),
        layout_(std::move(layout)),
        casts_(other.casts_),
        angles_(other.angles_) {}
  /// Like `other` for tokens that continue the rows of `cache`, which says which they are:
  /// activations then are (1, tokens, ...). What a token gets does not depend on the other tokens
  /// of the pass, to the last bit.
  ForwardContext(const ForwardContext& other, KeyValueCache& cache)
      : compute_(other.compute_),
        head_(other.head_),
        cache_(&cache),
        casts_(other.casts_),
        angles_(other.angles_) {}
  /// What stands at the end of a block, given the block's number; what it gives takes its place.
  using OnBlock = std::function<torch::Tensor(int64_t block, const torch::Tensor& x)>;
  /// Like `other` for rows that lie as `layout` says, with the ends of blocks seen by `on_block`.
  ForwardContext(const ForwardContext& other, c10::intrusive_ptr<RowLayout> layout,
                 OnBlock on_block)
      : ForwardContext(other, std::move(layout)) {
    on_block_ = std::move(on_block);
  }
  ForwardContext(const ForwardContext&) = delete;
  ForwardContext& operator=(const ForwardContext&) = delete;

  Compute compute() const { return compute_; }
  Compute head_compute() const { return head_; }
  /// What matrix products multiply.
  torch::ScalarType product_type() const { return type_of(compute_); }
  static torch::ScalarType type_of(Compute compute) {
    return compute == Compute::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
  }

  /// A weight (f32) in the type `type`, detached: itself, or a copy that lives until the weight
  /// changes.
  torch::Tensor as_type(const torch::Tensor& weight, torch::ScalarType type) const;
  /// Several weights below one another, likewise.
  torch::Tensor joined(const std::vector<torch::Tensor>& weights, torch::ScalarType type) const;

  /// x weight^T + bias (n, out) for x (n, in) and bias (out), undefined for none, of one type, and
  /// several weights (f32) below one another. Large bf16 weights are kept as oneDNN orders them:
  /// the passes of a step multiply the same weights.
  torch::Tensor product(const torch::Tensor& x, const std::vector<torch::Tensor>& weights,
                        const torch::Tensor& bias) const;

  /// Whether a product of the head without gradients takes split numbers: in bfloat16 those of
  /// probes, whose f32 products would be slower.
  bool splits_head(const torch::Tensor& x) const {
    return compute_ == Compute::bfloat16 && head_ == Compute::float32 && x.is_cpu() &&
           uses_split_products();
  }
  /// A weight (f32) split; the high terms are as_type()'s bf16 copy, the low ones are kept as long.
  SplitNumbers split(const torch::Tensor& weight) const;

  /// How the rows of activations (rows, tokens, ...) lie.
  c10::intrusive_ptr<RowLayout> layout_of(int64_t rows, int64_t tokens) const;

  /// Where rows are continued; nullptr where they are computed as a whole.
  KeyValueCache* cache() const { return cache_; }
  torch::Tensor at_end_of(int64_t block, const torch::Tensor& x) const {
    return on_block_ ? on_block_(block, x) : x;
  }

  struct Angles {
    torch::Tensor cosines;  ///< (tokens, dimensions / 2) f32
    torch::Tensor sines;
  };
  /// Of positions 0 to tokens - 1; dimension pair i turns by position / theta^(2 i / dimensions).
  Angles angles(int64_t tokens, const ops::Rotary& rotary, torch::Device device) const;

 private:
  torch::Tensor whole_product(const torch::Tensor& x, const std::vector<torch::Tensor>& weights,
                              const torch::Tensor& bias) const;

  struct Cast {
    std::vector<torch::Tensor> sources;  ///< kept, so that no other tensor can take their place
    std::vector<uint32_t> versions;
    torch::Tensor result;
    torch::Tensor ordered;  ///< as oneDNN reads it; undefined until it is multiplied
    torch::Tensor low;      ///< what rounding left of it; undefined until it is needed
  };
  using AnglesKey = std::tuple<int64_t, int64_t, double, std::string>;

  Compute compute_;
  Compute head_;
  c10::intrusive_ptr<RowLayout> layout_;
  KeyValueCache* cache_ = nullptr;
  OnBlock on_block_;
  std::shared_ptr<std::unordered_map<const void*, Cast>> casts_ =
      std::make_shared<std::unordered_map<const void*, Cast>>();
  std::shared_ptr<std::map<AnglesKey, Angles>> angles_ =
      std::make_shared<std::map<AnglesKey, Angles>>();
};

}  // namespace leakprobe
