#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "leakprobe/rows.h"

namespace leakprobe {

/// Rows side by side, ready for one forward pass: padded on the right, which a causal model never
/// looks at, and without the last token, which predicts nothing that is scored.
class PackedRows {
 public:
  PackedRows(const std::vector<const Row*>& rows, torch::Device device);

  int64_t rows() const { return static_cast<int64_t>(offsets_.size()) - 1; }
  /// Scored tokens of all rows.
  int64_t targets_count() const { return offsets_.back(); }
  /// Scored tokens before row `row` (row = rows(): of all).
  int64_t offset(int64_t row) const { return offsets_[static_cast<size_t>(row)]; }

  const torch::Tensor& tokens() const { return tokens_; }        ///< (rows, length) int64
  const torch::Tensor& positions() const { return positions_; }  ///< (targets) into rows * length
  const torch::Tensor& targets() const { return targets_; }      ///< (targets) int64

  /// The values (targets) of rows [begin, end) as a matrix (rows, longest), zero where a row has
  /// fewer; differentiable.
  torch::Tensor matrix(const torch::Tensor& values, int64_t begin, int64_t end) const;
  /// 1 where `matrix` holds a value, f32.
  torch::Tensor mask(int64_t begin, int64_t end) const;

 private:
  torch::Tensor tokens_;
  torch::Tensor positions_;
  torch::Tensor targets_;
  std::vector<int64_t> offsets_;
};

}  // namespace leakprobe
