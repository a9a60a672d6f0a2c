#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/objective.h"

namespace leakprobe {

/// Items with 2 to 5 scored tokens each, and the leaves that gradients are asked of.
struct ObjectiveBatch {
  static constexpr int64_t kItems = 6;
  static constexpr int64_t kTokens = 5;

  std::vector<torch::Tensor> leaves;
  std::vector<std::pair<std::string, ColumnBatch>> columns;

  Columns all() const { return part(0, kItems); }
  Columns part(int64_t from, int64_t to) const;
  /// With the policy of column `c` moved.
  Columns moved(size_t c, const torch::Tensor& by) const;
  /// As beside longer rows.
  Columns padded() const;
  /// All numbers that an objective is given.
  std::vector<std::pair<std::string, torch::Tensor>> numbers() const;
};

/// Columns as the facts want them. `at_first`: the reference, and the policy that made rollouts,
/// are still the policy itself.
ObjectiveBatch make_objective_batch(const ObjectiveFacts& facts, bool at_first,
                                    torch::Dtype type = torch::kFloat32);

}  // namespace leakprobe
