#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compose/composition.h"
#include "plugin/registry.h"

namespace leakprobe {

/// What a phase will take, known before anything is run.
struct PhaseEstimate {
  int64_t rows = 0;                ///< that go through a loss
  std::optional<int64_t> tokens;   ///< of those rows, each as long as the longest, or as the first
                                   ///< ones on average where the tokenizer decides
  std::optional<double> flops;     ///< sampling, training, reference and probes
  std::optional<int64_t> trained;  ///< numbers that are not frozen
};

/// What an experiment will take. Without a model the parts that need one are missing.
struct Estimate {
  std::vector<PhaseEstimate> phases;
  std::optional<int64_t> parameters;
  std::optional<double> memory;  ///< bytes at the most demanding step
  std::optional<double> disk;    ///< bytes of checkpoints and saved state
};

/// Rough numbers for people who wonder whether to start: floating-point operations are those of the
/// matrix products and attention, forward 2 a weight and token, backward 2 more for each of input
/// and weight where these need gradients (Kaplan et al. 2020, section 2.1); memory counts weights,
/// gradients, the optimizer's state as its facts have it, kept snapshots, activations, the rows of
/// a step, and kept reference values.
Estimate estimate(const Composition& composition, const Registry& registry);

}  // namespace leakprobe
