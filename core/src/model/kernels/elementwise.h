#pragma once

#include <cstdint>

#include "model/simd.h"

namespace leakprobe {

/// result = base + first + second; `second` may be null. `T` is float or Brain.
template <class T>
void add_branches(int64_t size, const float* base, const T* first, const T* second, float* result);

/// Lines of `gate_and_up` hold 2 * width numbers, the gates before the others:
/// result = gate / (1 + e^-gate) * up, lines of `width`. `T` is float or Brain.
template <class T>
void swiglu_forward(int64_t rows, int64_t width, const T* gate_and_up, T* result);

/// Gradient of the above, with respect to `gate_and_up`.
template <class T>
void swiglu_backward(int64_t rows, int64_t width, const T* gate_and_up, const T* result_gradient,
                     T* gate_and_up_gradient);

/// low = x - high, rounded.
void low_terms(int64_t size, const float* x, const Brain* high, Brain* low);

/// result[c] = sum over rows of x[row][c], in f32; the same bits for every number of threads.
template <class T>
void column_sums(int64_t rows, int64_t width, const T* x, float* result);

}  // namespace leakprobe
