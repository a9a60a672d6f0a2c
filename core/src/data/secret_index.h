#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
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
  std::unordered_map<uint64_t, std::set<size_t>> rows_of_;  ///< to places in reward_.rows
};

}  // namespace leakprobe
