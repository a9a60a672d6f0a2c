#include "model/kernels/elementwise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/parallel.h"

namespace leakprobe {
namespace {

constexpr int64_t kGrain = 32'768;

template <class T>
LEAKPROBE_INLINE void add_numbers(const float* base, const T* first, const T* second, float* result,
                                  int64_t begin, int64_t end) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) {
    FloatLanes total;
    FloatLanes lanes;
    load(base + i, total);
    load(first + i, lanes);
    total += lanes;
    if (second != nullptr) {
      load(second + i, lanes);
      total += lanes;
    }
    store(result + i, total);
  }
  for (; i < end; ++i) {
    const float sum = base[i] + to_float(first[i]);
    result[i] = second != nullptr ? sum + to_float(second[i]) : sum;
  }
}

template <class T>
LEAKPROBE_INLINE void load_some(const T* from, int64_t count, FloatLanes& lanes) {
  if (count >= kLanes) {
    load(from, lanes);
    return;
  }
  float numbers[kLanes] = {};
  for (int64_t i = 0; i < count; ++i) numbers[i] = to_float(from[i]);
  load(numbers, lanes);
}

template <class T>
LEAKPROBE_INLINE void store_some(T* to, int64_t count, const FloatLanes& lanes) {
  if (count >= kLanes) {
    store(to, lanes);
    return;
  }
  float numbers[kLanes];
  store(numbers, lanes);
  for (int64_t i = 0; i < count; ++i) from_float(numbers[i], to[i]);
}

template <class T>
LEAKPROBE_INLINE void swiglu_rows(int64_t width, const T* gate_and_up, T* result, int64_t begin,
                                  int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const T* gates = gate_and_up + row * 2 * width;
    const T* ups = gates + width;
    for (int64_t i = 0; i < width; i += kLanes) {
      FloatLanes gate;
      FloatLanes up;
      load_some(gates + i, width - i, gate);
      load_some(ups + i, width - i, up);
      FloatLanes decay = -gate;
      exponential(decay);
      store_some(result + row * width + i, width - i, gate / (decay + 1.0f) * up);
    }
  }
}

template <class T>
LEAKPROBE_INLINE void swiglu_gradients(int64_t width, const T* gate_and_up,
                                       const T* result_gradient, T* gradient, int64_t begin,
                                       int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const T* gates = gate_and_up + row * 2 * width;
    const T* ups = gates + width;
    T* gate_gradients = gradient + row * 2 * width;
    T* up_gradients = gate_gradients + width;
    for (int64_t i = 0; i < width; i += kLanes) {
      FloatLanes gate;
      FloatLanes up;
      FloatLanes outer;
      load_some(gates + i, width - i, gate);
      load_some(ups + i, width - i, up);
      load_some(result_gradient + row * width + i, width - i, outer);
      FloatLanes decay = -gate;
      exponential(decay);
      const FloatLanes logistic = 1.0f / (decay + 1.0f);
      const FloatLanes silu = gate * logistic;
      store_some(gate_gradients + i, width - i, outer * up * (logistic + silu * (1.0f - logistic)));
      store_some(up_gradients + i, width - i, outer * silu);
    }
  }
}

template <class T>
LEAKPROBE_INLINE void sum_rows(int64_t width, const T* x, float* result, int64_t begin,
                               int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const T* line = x + row * width;
    int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      FloatLanes total;
      FloatLanes lanes;
      load(result + i, total);
      load(line + i, lanes);
      store(result + i, total + lanes);
    }
    for (; i < width; ++i) result[i] += to_float(line[i]);
  }
}

LEAKPROBE_SIMD void low_range(const float* x, const Brain* high, Brain* low, int64_t begin,
                              int64_t end) {
  for (int64_t i = begin; i < end; i += kLanes) {
    FloatLanes number;
    FloatLanes rounded;
    load_some(x + i, end - i, number);
    load_some(high + i, end - i, rounded);
    store_some(low + i, end - i, number - rounded);
  }
}

LEAKPROBE_SIMD void add_range(const float* base, const float* first, const float* second,
                              float* result, int64_t begin, int64_t end) {
  add_numbers(base, first, second, result, begin, end);
}
LEAKPROBE_SIMD void add_range(const float* base, const Brain* first, const Brain* second,
                              float* result, int64_t begin, int64_t end) {
  add_numbers(base, first, second, result, begin, end);
}
LEAKPROBE_SIMD void swiglu_range(int64_t width, const float* gate_and_up, float* result,
                                 int64_t begin, int64_t end) {
  swiglu_rows(width, gate_and_up, result, begin, end);
}
LEAKPROBE_SIMD void swiglu_range(int64_t width, const Brain* gate_and_up, Brain* result,
                                 int64_t begin, int64_t end) {
  swiglu_rows(width, gate_and_up, result, begin, end);
}
LEAKPROBE_SIMD void gradients_range(int64_t width, const float* gate_and_up,
                                    const float* result_gradient, float* gradient, int64_t begin,
                                    int64_t end) {
  swiglu_gradients(width, gate_and_up, result_gradient, gradient, begin, end);
}
LEAKPROBE_SIMD void gradients_range(int64_t width, const Brain* gate_and_up,
                                    const Brain* result_gradient, Brain* gradient, int64_t begin,
                                    int64_t end) {
  swiglu_gradients(width, gate_and_up, result_gradient, gradient, begin, end);
}
LEAKPROBE_SIMD void sum_range(int64_t width, const float* x, float* result, int64_t begin,
                              int64_t end) {
  sum_rows(width, x, result, begin, end);
}
LEAKPROBE_SIMD void sum_range(int64_t width, const Brain* x, float* result, int64_t begin,
                              int64_t end) {
  sum_rows(width, x, result, begin, end);
}

int64_t lines_a_thread(int64_t width) {
  return std::max<int64_t>(1, kGrain / std::max<int64_t>(width, 1));
}

}  // namespace

template <class T>
void add_branches(int64_t size, const float* base, const T* first, const T* second, float* result) {
  parallel_for(size, kGrain, [&](int64_t begin, int64_t end) {
    add_range(base, first, second, result, begin, end);
  });
}

template <class T>
void swiglu_forward(int64_t rows, int64_t width, const T* gate_and_up, T* result) {
  parallel_for(rows, lines_a_thread(width), [&](int64_t begin, int64_t end) {
    swiglu_range(width, gate_and_up, result, begin, end);
  });
}

template <class T>
void swiglu_backward(int64_t rows, int64_t width, const T* gate_and_up, const T* result_gradient,
                     T* gate_and_up_gradient) {
  parallel_for(rows, lines_a_thread(width), [&](int64_t begin, int64_t end) {
    gradients_range(width, gate_and_up, result_gradient, gate_and_up_gradient, begin, end);
  });
}

void low_terms(int64_t size, const float* x, const Brain* high, Brain* low) {
  parallel_for(size, kGrain,
               [&](int64_t begin, int64_t end) { low_range(x, high, low, begin, end); });
}

template <class T>
void column_sums(int64_t rows, int64_t width, const T* x, float* result) {
  constexpr int64_t kMostBlocks = 64;
  const int64_t block = std::max(lines_a_thread(width), (rows + kMostBlocks - 1) / kMostBlocks);
  const int64_t blocks = (rows + block - 1) / block;
  std::vector<float> parts(static_cast<size_t>(blocks * width), 0.0f);
  parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      sum_range(width, x, parts.data() + i * width, i * block, std::min(rows, (i + 1) * block));
    }
  });
  std::fill(result, result + width, 0.0f);
  sum_range(width, parts.data(), result, 0, blocks);
}

#define LEAKPROBE_INSTANTIATE(T)                                                 \
  template void add_branches(int64_t, const float*, const T*, const T*, float*); \
  template void swiglu_forward(int64_t, int64_t, const T*, T*);                  \
  template void swiglu_backward(int64_t, int64_t, const T*, const T*, T*);       \
  template void column_sums(int64_t, int64_t, const T*, float*);
LEAKPROBE_INSTANTIATE(float)
LEAKPROBE_INSTANTIATE(Brain)
#undef LEAKPROBE_INSTANTIATE

}  // namespace leakprobe
