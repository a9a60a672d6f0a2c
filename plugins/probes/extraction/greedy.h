#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "target.h"

namespace leakprobe {

/// What always taking the likeliest token makes of each target's prompt, as long as the target.
std::vector<std::vector<int64_t>> greedy_texts(ProbedModel& model,
                                               const std::vector<Target>& targets);

/// Tokens that the texts have in common with targets from the start on.
struct CommonPrefixes {
  double own = 0;     ///< in the mean over rows
  double others = 0;  ///< the same of each text with the targets of all other secrets
  double whole = 0;   ///< share of rows whose text is the target
};
/// Of one cell's texts, targets and secrets' ids; `others` is 0 where no two secrets differ.
CommonPrefixes common_prefixes(std::span<const std::vector<int64_t>> texts,
                               std::span<const Target> targets, std::span<const uint64_t> secrets);

}  // namespace leakprobe
