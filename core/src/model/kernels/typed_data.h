#pragma once

#include <torch/types.h>

#include "leakprobe/error.h"
#include "model/kernels/attention.h"
#include "model/simd.h"

namespace leakprobe {

/// The numbers of an f32 or bf16 CPU tensor as kernels take them.
template <class T>
T* data_of(const torch::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

/// Heads (nodes, heads, d) as kernels take them; a head's numbers are contiguous.
template <class T>
HeadView<T> view_of(const torch::Tensor& heads) {
  return {data_of<T>(heads), heads.stride(0), heads.stride(1)};
}

/// Calls `visit(float{})` or `visit(Brain{})`, by the type of `tensor`.
template <class Visit>
decltype(auto) by_type(const torch::Tensor& tensor, Visit&& visit) {
  if (tensor.scalar_type() == torch::kFloat32) return visit(float{});
  LEAKPROBE_CHECK(tensor.scalar_type() == torch::kBFloat16, "activations are f32 or bf16");
  return visit(Brain{});
}

}  // namespace leakprobe
