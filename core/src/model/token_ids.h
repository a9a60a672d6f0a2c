#pragma once

#include <torch/types.h>

#include <cstdint>

namespace leakprobe {

/// Throws Error where one of `tokens` (any shape, int64) is no row of a vocabulary of that size.
void check_token_ids(const torch::Tensor& tokens, int64_t vocabulary);

}  // namespace leakprobe
