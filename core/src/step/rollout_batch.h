#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/item_source.h"
#include "leakprobe/tensors.h"

namespace leakprobe {

/// The rows of one batch of rollouts, planted ones among them, with what is known of each.
struct RolloutBatch {
  /// Its rows carry the numbers "advantage", "planted" and "reward".
  DrawnColumn column;
  std::vector<int64_t> groups;
  std::vector<double> rewards;
  std::vector<double> kl;  ///< S_policy - S_reference; 0 before it is known
  /// The sampler's log-probabilities; of planted rows none.
  std::vector<std::vector<float>> sampled_at;
  int64_t sampled = 0;  ///< rows that were made, dropped ones among them
  int64_t cut = 0;      ///< of them, without an end

  size_t size() const { return column.rows.size(); }
  bool is_planted(size_t row) const { return !column.origins[row].is_sampled(); }
  /// The tokens of a row between prompt and end.
  std::vector<int64_t> completion(size_t row) const;
  double advantage(size_t row) const;

  void add(Row row, RowOrigin origin, int64_t group, std::vector<float> log_probs);
  void set_rewards(std::vector<double> values);
  void set_advantages(const std::vector<double>& values);
};

/// Throws Error: the saved state holds no such rollout as `what` says.
[[noreturn]] void fail_rollout(const std::string& what);

/// A batch whose scores are there, for a saved state. `planted` are the sources of planted rows.
NamedTensors tensors_of(const RolloutBatch& batch, const std::vector<Source>& planted);
/// What `tensors_of` gave; rows that the policy made are of `sampled`. Throws Error where it is
/// anything else.
RolloutBatch rollout_batch_of(const NamedTensors& tensors, const std::vector<Source>& planted,
                              const Source& sampled, const TaskFacts& facts);

}  // namespace leakprobe
