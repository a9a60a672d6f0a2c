#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leakprobe/reward.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Of which sets a text is a secret, as far as a reward goes by that.
class SecretIndex {
 public:
  /// Knows the secrets of those of the facts' rows whose sets have a size. The facts outlive the
  /// object.
  SecretIndex(const RewardFacts& reward, const Task& task, const TaskFacts& facts, uint64_t seed);
  /// The names of the reward's rows, in their order. A planted row is one of `planted_from`, which
  /// of fresh rows nothing else tells; "" = not planted.
  std::vector<std::string> find(const std::vector<int64_t>& tokens,
                                const std::string& planted_from) const;

 private:
  uint64_t key_of(const std::vector<int64_t>& tokens) const;

  const RewardFacts& reward_;
  /// Of the secrets of each of reward_.rows, in ascending order: 8 bytes a row of the task.
  std::vector<std::vector<uint64_t>> keys_;
};

}  // namespace leakprobe
