#pragma once

#include <cstdint>
#include <vector>

#include "leakprobe/random.h"
#include "leakprobe/sampling.h"
#include "step/policy.h"

namespace leakprobe {

/// Tokens of one prompt, at least one.
using Prompt = std::vector<int64_t>;

/// Continues each prompt, of any lengths, without gradients. Row i draws its tokens from
/// `random.at(first + i)`, so that what it becomes depends neither on the other rows nor on
/// `rows_per_pass`, how many are computed at once (0: as many as fit well), to the last bit;
/// whether there are up to 16, up to 32 or more prompts may show there in bfloat16 and on a GPU.
/// Throws Error where a prompt is empty or holds no token of the vocabulary, or a row would have
/// more tokens than the model has positions.
std::vector<Generated> generate(const Policy& policy, const std::vector<Prompt>& prompts,
                                const Sampling& sampling, const RandomStream& random,
                                uint64_t first = 0, int64_t rows_per_pass = 0);

}  // namespace leakprobe
