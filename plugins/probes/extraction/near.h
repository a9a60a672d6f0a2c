#pragma once

#include <cstdint>
#include <vector>

#include "target.h"

namespace leakprobe {

/// For each row the log-probability of all texts that differ from its target in at most one token,
/// where at each place the `beam` likeliest other tokens are looked at: at least that much, and
/// exactly that much where the vocabulary has no more.
std::vector<double> log_probs_within_one(ProbedModel& model, const std::vector<const Row*>& rows,
                                         const std::vector<Target>& targets, double temperature,
                                         int64_t beam);

}  // namespace leakprobe
