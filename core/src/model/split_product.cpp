#include "model/split_product.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "leakprobe/error.h"
#include "machine/machine.h"
#include "model/kernels/elementwise.h"
#include "model/kernels/typed_data.h"

/// MKL's product of bf16 matrices (columns one after the other) with sums and results in f32; the
/// name is that of the interface with 64-bit integers. Absent where LibTorch has another library.
extern "C" __attribute__((weak)) void gemm_bf16bf16f32_64_(
    const char* transpose_a, const char* transpose_b, const int64_t* m, const int64_t* n,
    const int64_t* k, const float* alpha, const uint16_t* a, const int64_t* lda, const uint16_t* b,
    const int64_t* ldb, const float* beta, float* c, const int64_t* ldc);

namespace leakprobe {
namespace {

bool has_amx() {
  const std::vector<std::string> extensions = processor_extensions();
  return std::find(extensions.begin(), extensions.end(), "amx_bf16") != extensions.end();
}

std::atomic<bool>& chosen() {
  static std::atomic<bool> use = has_split_products() && has_amx();
  return use;
}

const uint16_t* bits_of(const torch::Tensor& x) { return data_of<const uint16_t>(x); }

/// result = x weight^T, or adds it.
void multiply(const torch::Tensor& x, const torch::Tensor& weight, bool add,
              const torch::Tensor& result) {
  // Our rows are MKL's columns: it computes the transposed result, weight x^T.
  const int64_t rows = x.size(0);
  const int64_t columns = weight.size(0);
  const int64_t width = x.size(1);
  const float one = 1;
  const float kept = add ? 1 : 0;
  gemm_bf16bf16f32_64_("T", "N", &columns, &rows, &width, &one, bits_of(weight), &width, bits_of(x),
                       &width, &kept, data_of<float>(result), &columns);
}

}  // namespace

torch::Tensor low_terms(const torch::Tensor& x, const torch::Tensor& high) {
  torch::Tensor low = torch::empty(high.sizes(), high.options());
  low_terms(low.numel(), data_of<const float>(x), data_of<const Brain>(high), data_of<Brain>(low));
  return low;
}

SplitNumbers split_numbers(const torch::Tensor& x) {
  const torch::Tensor numbers = x.detach().contiguous();
  const torch::Tensor high = numbers.to(torch::kBFloat16);
  return {high, low_terms(numbers, high)};
}

torch::Tensor split_product(const SplitNumbers& x, const SplitNumbers& weight) {
  LEAKPROBE_CHECK(has_split_products(), "LibTorch's library has no products of bf16 with f32 sums");
  for (const torch::Tensor* terms : {&x.high, &x.low, &weight.high, &weight.low}) {
    LEAKPROBE_CHECK(terms->dim() == 2 && terms->scalar_type() == torch::kBFloat16 &&
                        terms->is_contiguous() && terms->is_cpu(),
                    "a split product takes bf16 terms (n, in) and (out, in), contiguous");
  }
  LEAKPROBE_CHECK(x.low.sizes() == x.high.sizes() && weight.low.sizes() == weight.high.sizes() &&
                      x.high.size(1) == weight.high.size(1) && x.high.size(1) > 0,
                  "a split product takes terms (n, in) and (out, in) of one width");
  torch::Tensor result =
      torch::empty({x.high.size(0), weight.high.size(0)}, x.high.options().dtype(torch::kFloat32));
  if (result.numel() == 0) return result;
  multiply(x.low, weight.high, false, result);
  multiply(x.high, weight.low, true, result);
  multiply(x.high, weight.high, true, result);
  return result;
}

bool has_split_products() { return gemm_bf16bf16f32_64_ != nullptr; }

bool uses_split_products() { return chosen().load(std::memory_order_relaxed); }

void set_split_products(bool use) { chosen() = use && has_split_products(); }

}  // namespace leakprobe
