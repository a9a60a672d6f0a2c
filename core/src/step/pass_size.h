#pragma once

#include <cstdint>
#include <vector>

#include "compose/composition.h"
#include "leakprobe/model.h"

namespace leakprobe {

/// Numbers that a parameter holds.
double numel(const ParameterInfo& parameter);

/// Numbers that a token leaves behind for the backward pass: what each matrix makes, and about six
/// vectors a block of norms, rotated heads and sums.
double activations_a_token(const std::vector<ParameterInfo>& parameters, const ModelFacts& facts);

/// How much of a step goes through the model at once.
struct PassSize {
  int64_t rows = 0;   ///< at most; 0 = any number
  double tokens = 0;  ///< at most, with each row as long as the longest of the step; 0 = any number

  /// How many rows of a step whose longest row has so many tokens; 0 = all.
  int64_t rows_of(int64_t longest_row) const;
};

/// Of a step of `phase`: the experiment's `rows_per_pass`, or as many tokens as leave behind no
/// more numbers than twice the weights (or 64 Mi, on a GPU 1 Gi): in bf16 half the bytes, so that
/// it keeps its advantage in memory. It follows from the experiment alone, so that every machine
/// adds up the same parts.
PassSize pass_size(const Composition& composition, const ComposedPhase& phase,
                   const std::vector<ParameterInfo>& parameters);

}  // namespace leakprobe
