#include "model/kernels/log_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/parallel.h"

namespace leakprobe {
namespace {

/// Sums of this many numbers are taken in f32, sums of those in f64.
constexpr int64_t kBlock = 2048;

template <class T>
LEAKPROBE_INLINE float normaliser_of(const T* logits, int64_t size) {
  const float lowest = -std::numeric_limits<float>::infinity();
  FloatLanes largest = FloatLanes{} + lowest;
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    FloatLanes lanes;
    load(logits + i, lanes);
    largest = lanes > largest ? lanes : largest;
  }
  float maximum = max_of(largest);
  for (; i < size; ++i) maximum = std::max(maximum, to_float(logits[i]));
  double total = 0.0;
  for (int64_t block = 0; block < size; block += kBlock) {
    const int64_t end = std::min(size, block + kBlock);
    FloatLanes sums = {};
    for (i = block; i + kLanes <= end; i += kLanes) {
      FloatLanes lanes;
      load(logits + i, lanes);
      lanes -= maximum;
      exponential(lanes);
      sums += lanes;
    }
    float tail[kLanes];
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      tail[lane] = i + lane < end ? to_float(logits[i + lane]) - maximum : lowest;
    }
    FloatLanes lanes;
    load(tail, lanes);
    exponential(lanes);
    sums += lanes;
    total += sum_of(sums);
  }
  return static_cast<float>(static_cast<double>(maximum) + std::log(total));
}

template <class T>
LEAKPROBE_INLINE void slopes_of(T* logits, int64_t size, float normaliser, float scale) {
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    FloatLanes lanes;
    load(logits + i, lanes);
    lanes -= normaliser;
    exponential(lanes);
    store(logits + i, lanes * -scale);
  }
  if (i == size) return;
  float tail[kLanes] = {};
  for (int64_t lane = 0; i + lane < size; ++lane) {
    tail[lane] = to_float(logits[i + lane]) - normaliser;
  }
  FloatLanes lanes;
  load(tail, lanes);
  exponential(lanes);
  store(tail, lanes * -scale);
  for (int64_t lane = 0; i + lane < size; ++lane) from_float(tail[lane], logits[i + lane]);
}

template <class T>
LEAKPROBE_INLINE void forward_rows(int64_t vocabulary, const T* logits, const int64_t* targets,
                                   float* result, float* normalisers, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const T* line = logits + row * vocabulary;
    normalisers[row] = normaliser_of(line, vocabulary);
    result[row] = to_float(line[targets[row]]) - normalisers[row];
  }
}

template <class T>
LEAKPROBE_INLINE void slope_rows(int64_t vocabulary, T* logits, const int64_t* targets,
                                 const float* normalisers, const float* scale, int64_t begin,
                                 int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    T* line = logits + row * vocabulary;
    const float factor = scale != nullptr ? scale[row] : 1.0f;
    // Before rounding: 1 - p of a likely target would otherwise lose its digits.
    FloatLanes probability = FloatLanes{} + (to_float(line[targets[row]]) - normalisers[row]);
    exponential(probability);
    slopes_of(line, vocabulary, normalisers[row], factor);
    from_float(factor * (1.0f - probability[0]), line[targets[row]]);
  }
}

LEAKPROBE_SIMD void forward_range(int64_t vocabulary, const float* logits, const int64_t* targets,
                                  float* result, float* normalisers, int64_t begin, int64_t end) {
  forward_rows(vocabulary, logits, targets, result, normalisers, begin, end);
}
LEAKPROBE_SIMD void forward_range(int64_t vocabulary, const Brain* logits, const int64_t* targets,
                                  float* result, float* normalisers, int64_t begin, int64_t end) {
  forward_rows(vocabulary, logits, targets, result, normalisers, begin, end);
}
LEAKPROBE_SIMD void slopes_range(int64_t vocabulary, float* logits, const int64_t* targets,
                                 const float* normalisers, const float* scale, int64_t begin,
                                 int64_t end) {
  slope_rows(vocabulary, logits, targets, normalisers, scale, begin, end);
}
LEAKPROBE_SIMD void slopes_range(int64_t vocabulary, Brain* logits, const int64_t* targets,
                                 const float* normalisers, const float* scale, int64_t begin,
                                 int64_t end) {
  slope_rows(vocabulary, logits, targets, normalisers, scale, begin, end);
}

int64_t rows_a_thread(int64_t vocabulary) {
  return std::max<int64_t>(1, 8192 / std::max<int64_t>(vocabulary, 1));
}

}  // namespace

template <class T>
void target_log_softmax(int64_t rows, int64_t vocabulary, const T* logits, const int64_t* targets,
                        float* result, float* normalisers) {
  parallel_for(rows, rows_a_thread(vocabulary), [&](int64_t begin, int64_t end) {
    forward_range(vocabulary, logits, targets, result, normalisers, begin, end);
  });
}

template <class T>
void target_log_softmax_slopes(int64_t rows, int64_t vocabulary, T* logits, const int64_t* targets,
                               const float* normalisers, const float* scale) {
  parallel_for(rows, rows_a_thread(vocabulary), [&](int64_t begin, int64_t end) {
    slopes_range(vocabulary, logits, targets, normalisers, scale, begin, end);
  });
}

template void target_log_softmax(int64_t, int64_t, const float*, const int64_t*, float*, float*);
template void target_log_softmax(int64_t, int64_t, const Brain*, const int64_t*, float*, float*);
template void target_log_softmax_slopes(int64_t, int64_t, float*, const int64_t*, const float*,
                                        const float*);
template void target_log_softmax_slopes(int64_t, int64_t, Brain*, const int64_t*, const float*,
                                        const float*);

}  // namespace leakprobe
