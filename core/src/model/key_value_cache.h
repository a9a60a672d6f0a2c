#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "leakprobe/ops.h"

namespace leakprobe {

/// Keys and values of the tokens that rows have so far, block by block: what a token that comes
/// next need not compute again. Held in f32, keys rotated.
class KeyValueCache {
 public:
  /// For `rows` rows of at most `capacity` tokens. Products by a library, in passes with the cache,
  /// have `lines` lines each, so that no row's bits depend on how many are computed at once.
  KeyValueCache(int64_t rows, int64_t capacity, int64_t lines = 64)
      : rows_(rows), capacity_(capacity), lines_(lines) {}

  int64_t capacity() const { return capacity_; }
  int64_t lines() const { return lines_; }

  /// Says which tokens the next pass computes: of each the row and its position there. Positions
  /// before it have been computed, or are in the same pass. Activations then have the shape
  /// (1, tokens, ...).
  void begin(std::vector<int64_t> rows, std::vector<int64_t> positions);
  int64_t tokens() const { return static_cast<int64_t>(token_rows_.size()); }

  /// Attention of this pass's tokens in `block`: query (tokens, heads, d), key and value (tokens,
  /// key-value heads, d) of one type; what they give (tokens, heads * d). `cosines` and `sines`
  /// are those of all positions.
  torch::Tensor attend(int64_t block, const std::array<torch::Tensor, 3>& parts,
                       const torch::Tensor& cosines, const torch::Tensor& sines);

  /// Gives each row the first `length` tokens of row `from[row]`.
  void copy(const std::vector<int64_t>& from, int64_t length);

 private:
  struct Block {
    torch::Tensor keys, values;  ///< (rows, key-value heads, capacity, width)
  };
  Block& block(int64_t number, const torch::Tensor& key);

  int64_t rows_;
  int64_t capacity_;
  int64_t lines_;
  std::map<int64_t, Block> blocks_;
  std::vector<int64_t> token_rows_, positions_;
};

/// The same by LibTorch's operations, for devices without kernels of ours.
namespace with_torch {
torch::Tensor attend_to_cache(const std::array<torch::Tensor, 3>& parts, const torch::Tensor& keys,
                              const torch::Tensor& values, const torch::Tensor& token_rows,
                              const torch::Tensor& positions, const torch::Tensor& cosines,
                              const torch::Tensor& sines);
}  // namespace with_torch

}  // namespace leakprobe
