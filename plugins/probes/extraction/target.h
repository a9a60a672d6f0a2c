#pragma once

#include <cstdint>
#include <vector>

#include "leakprobe/probe.h"

namespace leakprobe {

/// The part of a row that an attacker wants: its secret behind what he is given of it.
struct Target {
  std::vector<int64_t> prompt;  ///< all before, never empty
  std::vector<int64_t> tokens;
};

/// The secret from its `context`th token on, counted from 0, or from the first one behind that
/// which is scored. `cell` is where the row comes from, for the message where nothing is left.
Target target_of(const Row& row, int64_t context, const Cell& cell);

/// For each row the log-probability of its target when the logits are divided by `temperature`.
std::vector<double> log_probs_of_targets(ProbedModel& model, const std::vector<const Row*>& rows,
                                         const std::vector<Target>& targets, double temperature);

}  // namespace leakprobe
