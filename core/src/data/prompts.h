#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Tokens of a row before its secret.
std::vector<int64_t> prompt_of(const Row& row);

/// The tokens of its secret.
std::vector<int64_t> secret_of(const Row& row);

/// What every row of the task has before its secret behind `prefix`. Throws Error where rows have
/// prompts of their own.
std::vector<int64_t> bare_prompt(const Task& task, const TaskFacts& facts,
                                 const std::string& prefix, uint64_t seed);

/// Why the two rows cannot be planted in one group, which has one prompt.
std::string two_prompts(const std::string& first, const std::string& second);

/// The token that ends rows of a rollout, as `text` says it. Throws Error where the tokenizer has
/// no such token, or there is none.
int64_t end_token(const std::string& text, const Tokenizer* tokenizer);

/// Finds rollouts that could not be sampled: prompts that are empty or not one, an end that is no
/// token of the model, more tokens than it has positions, a reward that needs text where there is
/// none.
void check_rollouts(const Composition& composition, const Task& task, const Tokenizer* tokenizer,
                    Diagnostics& diagnostics);

}  // namespace leakprobe
