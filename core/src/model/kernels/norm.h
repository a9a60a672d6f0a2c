#pragma once

#include <cstdint>

#include "model/simd.h"

namespace leakprobe {

/// A normalisation of `rows` lines of `width` numbers. With `centred` it is the layer norm, without
/// the root-mean-square norm; `bias` may be null.
struct NormSizes {
  int64_t rows = 0;
  int64_t width = 0;
  bool centred = false;
  float epsilon = 0.0f;
};

/// y = (x - mean) * rstd * weight + bias; keeps `means` and `rstds` (rows each) for the gradients
/// (means only where centred). `T`, float or Brain, is the type of the result.
template <class T>
void norm_forward(const NormSizes& sizes, const float* x, const float* weight, const float* bias,
                  T* y, float* means, float* rstds);

/// Gradients of the above. Each of `x_gradient`, `weight_gradient`, `bias_gradient` may be null;
/// the same bits for every number of threads.
template <class T>
void norm_backward(const NormSizes& sizes, const float* x, const float* weight, const float* means,
                   const float* rstds, const T* y_gradient, float* x_gradient,
                   float* weight_gradient, float* bias_gradient);

}  // namespace leakprobe
