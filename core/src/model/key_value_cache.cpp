#include "model/key_value_cache.h"

#include <ATen/ATen.h>

#include <utility>

#include "leakprobe/error.h"
#include "model/kernels/cached_attention.h"
#include "model/kernels/head_numbers.h"
#include "model/kernels/typed_data.h"

namespace leakprobe {
namespace {

torch::Tensor indices(const std::vector<int64_t>& numbers, torch::Device device) {
  return torch::tensor(numbers, torch::kInt64).to(device);
}

/// (tokens, heads, d) f32, rotated by the angles (tokens, pairs).
torch::Tensor rotated(const torch::Tensor& heads, const torch::Tensor& cosines,
                      const torch::Tensor& sines) {
  const torch::Tensor x = heads.to(torch::kFloat32);
  const int64_t half = cosines.size(1);
  if (half == 0) return x;
  const torch::Tensor low = x.narrow(2, 0, half), high = x.narrow(2, half, half);
  const torch::Tensor c = cosines.unsqueeze(1), s = sines.unsqueeze(1);
  std::vector<torch::Tensor> parts = {low * c - high * s, high * c + low * s};
  if (2 * half < x.size(2)) parts.push_back(x.narrow(2, 2 * half, x.size(2) - 2 * half));
  return at::cat(parts, 2);
}

}  // namespace

void KeyValueCache::begin(std::vector<int64_t> rows, std::vector<int64_t> positions) {
  LEAKPROBE_CHECK(rows.size() == positions.size(), "each token has a row and a position");
  for (size_t i = 0; i < rows.size(); ++i) {
    LEAKPROBE_CHECK(
        0 <= rows[i] && rows[i] < rows_ && 0 <= positions[i] && positions[i] < capacity_,
        "a token is beyond the cache");
  }
  token_rows_ = std::move(rows);
  positions_ = std::move(positions);
}

KeyValueCache::Block& KeyValueCache::block(int64_t number, const torch::Tensor& key) {
  Block& block = blocks_[number];
  if (block.keys.defined()) return block;
  const auto options = key.options().dtype(torch::kFloat32);
  const int64_t width = rounded_up(key.size(2));
  block.keys = torch::zeros({rows_, key.size(1), capacity_, width}, options);
  block.values = torch::zeros_like(block.keys);
  return block;
}

torch::Tensor KeyValueCache::attend(int64_t number, const std::array<torch::Tensor, 3>& parts,
                                    const torch::Tensor& cosines, const torch::Tensor& sines) {
  LEAKPROBE_CHECK(parts[0].size(0) == tokens(), "the pass has other tokens than were announced");
  Block& cache = block(number, parts[1]);
  if (!parts[0].is_cpu()) {
    const torch::Device device = parts[0].device();
    return with_torch::attend_to_cache(parts, cache.keys, cache.values,
                                       indices(token_rows_, device), indices(positions_, device),
                                       cosines, sines);
  }
  const CachedTokens cached{token_rows_.data(),
                            positions_.data(),
                            tokens(),
                            capacity_,
                            parts[0].size(1),
                            parts[1].size(1),
                            parts[0].size(2),
                            2 * cosines.size(1),
                            data_of<const float>(cosines),
                            data_of<const float>(sines),
                            data_of<float>(cache.keys),
                            data_of<float>(cache.values)};
  torch::Tensor result = torch::empty(parts[0].sizes(), parts[0].options());
  by_type(result, [&](auto type) {
    using T = decltype(type);
    store_tokens<T>(cached, view_of<const T>(parts[1]), view_of<const T>(parts[2]));
    attend_to_cache<T>(cached, view_of<const T>(parts[0]), view_of<T>(result));
  });
  return result.flatten(1);
}

void KeyValueCache::copy(const std::vector<int64_t>& from, int64_t length) {
  for (auto& [number, block] : blocks_) {
    for (const torch::Tensor& held : {block.keys, block.values}) {
      const torch::Tensor own = held.narrow(2, 0, length);
      own.copy_(own.index_select(0, indices(from, held.device())));
    }
  }
}

torch::Tensor with_torch::attend_to_cache(const std::array<torch::Tensor, 3>& parts,
                                          const torch::Tensor& keys, const torch::Tensor& values,
                                          const torch::Tensor& token_rows,
                                          const torch::Tensor& positions,
                                          const torch::Tensor& cosines,
                                          const torch::Tensor& sines) {
  const int64_t d = parts[0].size(2);
  const torch::Tensor c = cosines.index_select(0, positions), s = sines.index_select(0, positions);
  torch::Tensor own_keys = keys, own_values = values;
  own_keys.index_put_(
      {token_rows, at::indexing::Slice(), positions, at::indexing::Slice(at::indexing::None, d)},
      rotated(parts[1], c, s));
  own_values.index_put_(
      {token_rows, at::indexing::Slice(), positions, at::indexing::Slice(at::indexing::None, d)},
      parts[2].to(torch::kFloat32));
  // (tokens, heads, 1, d) to (tokens, heads, capacity, d), what lies behind each token masked.
  const torch::Tensor mask = at::arange(keys.size(2), positions.options())
                                 .unsqueeze(0)
                                 .le(positions.unsqueeze(1))
                                 .unsqueeze(1)
                                 .unsqueeze(1);
  const torch::Tensor result = at::scaled_dot_product_attention(
      rotated(parts[0], c, s).unsqueeze(2), keys.index_select(0, token_rows).narrow(3, 0, d),
      values.index_select(0, token_rows).narrow(3, 0, d), mask, 0.0, /*is_causal=*/false,
      std::nullopt, /*enable_gqa=*/parts[0].size(1) != parts[1].size(1));
  return result.squeeze(2).to(parts[0].scalar_type()).flatten(1);
}

}  // namespace leakprobe
