#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "leakprobe/rows.h"
#include "model/row_layout.h"
#include "model/target_softmax.h"
#include "model/token_ids.h"

namespace leakprobe {

/// Rows ready for one forward pass: without the last token, which predicts nothing that is scored,
/// sorted so that rows with equal beginnings share their states, and each state's scored tokens
/// asked for once. Values are given in the order of the rows and their tokens again.
class PackedRows {
 public:
  PackedRows(const std::vector<const Row*>& rows, torch::Device device);

  int64_t rows() const { return static_cast<int64_t>(offsets_.size()) - 1; }
  /// Scored tokens of all rows.
  int64_t targets_count() const { return offsets_.back(); }
  /// Scored tokens before row `row` (row = rows(): of all).
  int64_t offset(int64_t row) const { return offsets_[static_cast<size_t>(row)]; }

  const c10::intrusive_ptr<RowLayout>& layout() const { return layout_; }
  const torch::Tensor& tokens() const { return tokens_; }  ///< (1, nodes) int64
  /// Of all tokens of the rows.
  const TokenRange& token_range() const { return token_range_; }
  const torch::Tensor& states() const { return states_; }  ///< (states) nodes before scored tokens
  const Targets& targets() const { return targets_; }      ///< of those states
  /// (targets_count): where each row's scored tokens are among the pairs of targets(), or among
  /// states().
  const torch::Tensor& pairs() const { return pairs_; }
  torch::Tensor states_of_rows() const;

  /// The values (targets_count) of rows [begin, end) as a matrix (rows, longest), zero where a row
  /// has fewer; differentiable.
  torch::Tensor matrix(const torch::Tensor& values, int64_t begin, int64_t end) const;
  /// 1 where `matrix` holds a value, f32.
  torch::Tensor mask(int64_t begin, int64_t end) const;

 private:
  c10::intrusive_ptr<RowLayout> layout_;
  torch::Tensor tokens_;
  TokenRange token_range_;
  torch::Tensor states_;
  Targets targets_;
  torch::Tensor pairs_;
  std::vector<int64_t> offsets_;
};

}  // namespace leakprobe
