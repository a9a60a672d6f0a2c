#pragma once

#include <torch/types.h>

namespace leakprobe {

/// f32 numbers as sums of two bf16 terms: the number rounded, and what that leaves rounded. A sum
/// has 16 to 17 bits of the number, where one term has 8 and f32 has 24.
struct SplitNumbers {
  torch::Tensor high;
  torch::Tensor low;
};
/// Of x f32, on the CPU.
SplitNumbers split_numbers(const torch::Tensor& x);
/// The low terms of x f32 whose high ones are there; both contiguous.
torch::Tensor low_terms(const torch::Tensor& x, const torch::Tensor& high);

/// x weight^T (n, out) f32 of x (n, in) and weight (out, in), contiguous and on the CPU: three
/// products of bf16 terms, which are exact and added up in f32, without that of the two low ones.
/// The results are near those of an f32 product, of instructions that are many times as fast
/// (Henry, Tang & Heinecke 2019, arXiv 1904.06376). As with f32 products the last bits of a row
/// may depend on how many rows there are. Throws Error without `has_split_products`.
torch::Tensor split_product(const SplitNumbers& x, const SplitNumbers& weight);

/// Whether the library that LibTorch multiplies with offers what split products need (MKL does).
bool has_split_products();

/// Whether the head of probes uses them in bfloat16 runs on the CPU: unless it was set, where they
/// are there and the processor has AMX. Elsewhere f32 products are faster.
bool uses_split_products();
void set_split_products(bool use);

}  // namespace leakprobe
