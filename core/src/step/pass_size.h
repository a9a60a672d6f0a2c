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

/// Tokens of the longest row of a term, and of all terms of a phase, going by the task's rows and
/// what rollouts are continued by: a prompt's length only its row shows.
int64_t longest_row(const Composition& composition, const ComposedTerm& term);
int64_t longest_row(const Composition& composition, const ComposedPhase& phase);

/// Rows of a step of `phase` that go through the model at once, 0 = all: the experiment's
/// `rows_per_pass`, or as many as leave behind no more numbers than twice the weights (or 64 Mi, on
/// a GPU 1 Gi): in bf16 half the bytes, so that it keeps its advantage in memory. It follows from
/// the experiment alone, so that every machine adds up the same parts.
int64_t rows_a_pass(const Composition& composition, const ComposedPhase& phase,
                    const std::vector<ParameterInfo>& parameters);

}  // namespace leakprobe
