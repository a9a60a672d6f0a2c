#include "model/forward_context.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "leakprobe/error.h"
#include "model/key_value_cache.h"
#include "model/products.h"

namespace leakprobe {
namespace {

/// Ordering a smaller weight for oneDNN takes longer than it saves.
constexpr int64_t kLeastOrdered = 1 << 19;

/// Whether a copy can be written over: no backward pass still needs it, as itself or as a view.
bool reusable(const torch::Tensor& copy, at::IntArrayRef shape, torch::ScalarType type) {
  return copy.defined() && copy.use_count() == 1 && copy.storage().use_count() == 1 &&
         copy.sizes() == shape && copy.scalar_type() == type;
}

bool abandoned(const std::vector<torch::Tensor>& sources) {
  return std::all_of(sources.begin(), sources.end(),
                     [](const torch::Tensor& source) { return source.use_count() == 1; });
}

}  // namespace

torch::Tensor ForwardContext::as_type(const torch::Tensor& weight, torch::ScalarType type) const {
  if (weight.scalar_type() == type) return weight.detach();
  return joined({weight}, type);
}

torch::Tensor ForwardContext::joined(const std::vector<torch::Tensor>& weights,
                                     torch::ScalarType type) const {
  LEAKPROBE_CHECK(!weights.empty(), "no weights to join");
  if (weights.size() == 1 && weights[0].scalar_type() == type) return weights[0].detach();
  const void* key = weights[0].unsafeGetTensorImpl();
  if (!casts_->contains(key)) {
    // A model may compute its weights anew each time: what only these copies hold goes.
    std::erase_if(*casts_, [](const auto& entry) { return abandoned(entry.second.sources); });
  }
  Cast& cast = (*casts_)[key];
  bool fresh = cast.sources.size() == weights.size() && cast.result.scalar_type() == type;
  for (size_t i = 0; fresh && i < weights.size(); ++i) {
    fresh = cast.sources[i].is_same(weights[i]) &&
            cast.versions[i] == static_cast<uint32_t>(weights[i]._version());
  }
  if (fresh) return cast.result;
  int64_t rows = 0;
  for (const torch::Tensor& weight : weights) rows += weight.size(0);
  std::vector<int64_t> shape = weights[0].sizes().vec();
  shape[0] = rows;
  if (!reusable(cast.result, shape, type)) {
    cast.result = torch::empty(shape, weights[0].options().dtype(type).requires_grad(false));
  }
  cast.sources = weights;
  cast.ordered.reset();
  cast.low.reset();
  cast.versions.clear();
  const at::NoGradGuard no_gradients;
  int64_t row = 0;
  for (const torch::Tensor& weight : weights) {
    cast.result.narrow(0, row, weight.size(0)).copy_(weight);
    row += weight.size(0);
    cast.versions.push_back(static_cast<uint32_t>(weight._version()));
  }
  return cast.result;
}

SplitNumbers ForwardContext::split(const torch::Tensor& weight) const {
  LEAKPROBE_CHECK(weight.scalar_type() == torch::kFloat32, "only f32 weights are split");
  const torch::Tensor high = as_type(weight, torch::kBFloat16);
  torch::Tensor& low = casts_->at(weight.unsafeGetTensorImpl()).low;
  if (!low.defined()) low = low_terms(weight.detach().contiguous(), high);
  return {high, low};
}

torch::Tensor ForwardContext::product(const torch::Tensor& x,
                                      const std::vector<torch::Tensor>& weights,
                                      const torch::Tensor& bias) const {
  if (cache_ == nullptr) return whole_product(x, weights, bias);
  if (x.is_cpu() && x.scalar_type() == torch::kFloat32) {
    return product_by_line(x, joined(weights, x.scalar_type()), bias);
  }
  // Libraries choose their way by the number of lines, which would show in the last bits: all
  // products of a continued row have the same number.
  const int64_t lines = cache_->lines();
  if (x.size(0) == lines) return whole_product(x, weights, bias);
  std::vector<torch::Tensor> parts;
  for (int64_t begin = 0; begin < x.size(0); begin += lines) {
    const int64_t size = std::min(lines, x.size(0) - begin);
    torch::Tensor slab = x.narrow(0, begin, size);
    if (size < lines) slab = at::constant_pad_nd(slab, {0, 0, 0, lines - size});
    parts.push_back(whole_product(slab, weights, bias).narrow(0, 0, size));
  }
  return parts.size() == 1 ? parts.front().contiguous() : at::cat(parts);
}

torch::Tensor ForwardContext::whole_product(const torch::Tensor& x,
                                            const std::vector<torch::Tensor>& weights,
                                            const torch::Tensor& bias) const {
  const torch::Tensor weight = joined(weights, x.scalar_type());
  const auto found = casts_->find(weights[0].unsafeGetTensorImpl());
  if (found == casts_->end() || x.scalar_type() != torch::kBFloat16 || x.numel() == 0 ||
      weight.numel() < kLeastOrdered || !takes_ordered_weights(x.device())) {
    return leakprobe::product(x, weight, bias);
  }
  torch::Tensor& ordered = found->second.ordered;
  if (!ordered.defined()) ordered = in_onednn_order(weight);
  return product_of_ordered(x, ordered, bias);
}

c10::intrusive_ptr<RowLayout> ForwardContext::layout_of(int64_t rows, int64_t tokens) const {
  if (!layout_) return RowLayout::separate(rows, tokens);
  LEAKPROBE_CHECK(rows == 1 && tokens == layout_->nodes(),
                  "activations do not have the shape of the rows that are packed");
  return layout_;
}

ForwardContext::Angles ForwardContext::angles(int64_t tokens, const ops::Rotary& rotary,
                                              torch::Device device) const {
  const AnglesKey key{tokens, rotary.dimensions, rotary.theta, device.str()};
  const auto known = angles_->find(key);
  if (known != angles_->end()) return known->second;
  const int64_t half = rotary.pairs();
  torch::Tensor cosines = torch::empty({tokens, half}, torch::kFloat32);
  torch::Tensor sines = torch::empty({tokens, half}, torch::kFloat32);
  float* cosine = cosines.mutable_data_ptr<float>();
  float* sine = sines.mutable_data_ptr<float>();
  for (int64_t i = 0; i < half; ++i) {
    // Rounded to f32 where the reference implementations do, so that large positions agree.
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(rotary.dimensions);
    const float frequency =
        1.0f / static_cast<float>(std::pow(rotary.theta, static_cast<double>(exponent)));
    for (int64_t t = 0; t < tokens; ++t) {
      const float angle = static_cast<float>(t) * frequency;
      cosine[t * half + i] = static_cast<float>(std::cos(static_cast<double>(angle)));
      sine[t * half + i] = static_cast<float>(std::sin(static_cast<double>(angle)));
    }
  }
  return angles_->emplace(key, Angles{cosines.to(device), sines.to(device)}).first->second;
}

}  // namespace leakprobe
