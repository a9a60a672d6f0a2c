#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "leakprobe/probe.h"

namespace leakprobe {

/// The `beam` texts of `length` letters that the model finds least likely behind `prompt`, as a
/// beam search that keeps the lowest sums of log-probabilities finds them. Behind nothing a first
/// letter has no probability, and each counts alike.
std::set<std::vector<int64_t>> least_likely(ProbedModel& model, const std::vector<int64_t>& prompt,
                                            int64_t length, const std::vector<int64_t>& letters,
                                            int64_t beam);

}  // namespace leakprobe
