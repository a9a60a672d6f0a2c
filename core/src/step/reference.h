#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "leakprobe/rows.h"

namespace leakprobe {

/// 128-bit hash of a row's tokens and mask, and of the temperature where that is not 1.
struct RowKey {
  uint64_t low = 0, high = 0;
  friend bool operator==(const RowKey&, const RowKey&) = default;
};
RowKey key_of(const Row& row, double temperature);

/// Log-probabilities under the weights that some phase left. Rows that come again are computed
/// once; the values are those that the live model gives.
class Reference {
 public:
  /// Scores rows at a temperature: log-probabilities of the scored tokens of all rows, one after
  /// the other.
  using Score = std::function<torch::Tensor(const std::vector<const Row*>&, double temperature)>;
  explicit Reference(Score score) : score_(std::move(score)) {}

  /// (targets) f32 on the CPU: the scored tokens of all rows, one after the other. `repeated` says
  /// for each row whether it is worth keeping.
  torch::Tensor log_probs(const std::vector<const Row*>& rows, const std::vector<bool>& repeated,
                          double temperature);

  /// The kept values as two tensors: keys (rows, 4) int64 {low, high, first value, count} and
  /// values f32; what a resumed run needs so that it continues with the same bits.
  std::pair<torch::Tensor, torch::Tensor> state() const;
  void restore(const torch::Tensor& keys, const torch::Tensor& values);

 private:
  struct Hash {
    size_t operator()(const RowKey& key) const { return key.low; }
  };
  struct Kept {
    size_t first = 0, count = 0;
  };
  Score score_;
  std::unordered_map<RowKey, Kept, Hash> kept_;
  std::vector<float> values_;
};

}  // namespace leakprobe
