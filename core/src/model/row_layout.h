#pragma once

#include <torch/custom_class.h>
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "model/kernels/row_path.h"

namespace leakprobe {

/// How rows lie in one pass: a causal model gives equal beginnings equal states, so rows of a group
/// share the positions that they have in common, and each position is computed once. The positions
/// that exist are called nodes.
class RowLayout : public torch::CustomClassHolder {
 public:
  /// `rows` in groups of `group` rows; the first of each group starts at its own node.
  RowLayout(std::vector<RowPath> rows, int64_t group);
  /// `rows` rows of `tokens` tokens, side by side, that share nothing.
  static c10::intrusive_ptr<RowLayout> separate(int64_t rows, int64_t tokens);

  const std::vector<RowPath>& rows() const { return rows_; }
  int64_t group() const { return group_; }
  int64_t nodes() const { return nodes_; }
  int64_t longest() const { return longest_; }  ///< tokens of the longest row

  /// (rows * longest) int64: the node at each position; 0 beyond a row's end. Kept for the device
  /// that targets last: each layer of a model asks.
  torch::Tensor node_table(torch::Device device) const;
  /// (nodes) int64: where in such a table each node stands first; likewise.
  torch::Tensor places(torch::Device device) const;

 private:
  std::vector<RowPath> rows_;
  int64_t group_ = 1;
  int64_t nodes_ = 0;
  int64_t longest_ = 0;
  mutable torch::Tensor node_table_;
  mutable torch::Tensor places_;
};

}  // namespace leakprobe
