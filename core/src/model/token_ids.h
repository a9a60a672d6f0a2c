#pragma once

#include <torch/types.h>

#include <cstdint>

namespace leakprobe {

/// Least and largest of some token ids.
struct TokenRange {
  int64_t least = 0;
  int64_t largest = 0;
};

/// Throws Error where a token of `range` is no row of a vocabulary of that size.
void check_token_ids(const TokenRange& range, int64_t vocabulary);
/// The same of `tokens` (any shape, int64), where they are on the CPU: to look at those of a GPU
/// would be to wait for all its work. The engine's own rows are looked at when they are packed.
void check_token_ids(const torch::Tensor& tokens, int64_t vocabulary);

}  // namespace leakprobe
