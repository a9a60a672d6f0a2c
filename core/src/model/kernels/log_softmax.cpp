#include "model/kernels/log_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "model/parallel.h"

namespace leakprobe {
namespace {

/// Sums of this many numbers are taken in f32, sums of those in f64.
constexpr int64_t kBlock = 2048;

template <class T>
LEAKPROBE_INLINE float logsumexp_of(const T* logits, int64_t size) {
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

/// logits[v] becomes factor * e^(logits[v] - logsumexp).
template <class T>
LEAKPROBE_INLINE void scaled_softmax(T* logits, int64_t size, float logsumexp, float factor) {
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    FloatLanes lanes;
    load(logits + i, lanes);
    lanes -= logsumexp;
    exponential(lanes);
    store(logits + i, lanes * factor);
  }
  if (i == size) return;
  float tail[kLanes] = {};
  for (int64_t lane = 0; i + lane < size; ++lane) {
    tail[lane] = to_float(logits[i + lane]) - logsumexp;
  }
  FloatLanes lanes;
  load(tail, lanes);
  exponential(lanes);
  store(tail, lanes * factor);
  for (int64_t lane = 0; i + lane < size; ++lane) from_float(tail[lane], logits[i + lane]);
}

/// The gradient in a target's logit: scale (1 - p) - (total - scale) p, `total` being the sum of
/// the state's scales. So written, 1 - p of a likely token keeps its digits.
LEAKPROBE_INLINE float target_gradient(float log_probability, float scale, float total) {
  FloatLanes probability = FloatLanes{} + log_probability;
  exponential(probability);
  return scale * (1.0f - probability[0]) - (total - scale) * probability[0];
}

template <class T>
LEAKPROBE_INLINE void log_softmax_states(int64_t vocabulary, const T* logits,
                                         const TargetTokens& targets, float* result,
                                         float* logsumexps, int64_t begin, int64_t end) {
  const int64_t base = targets.firsts[0];
  for (int64_t state = begin; state < end; ++state) {
    const T* line = logits + state * vocabulary;
    logsumexps[state] = logsumexp_of(line, vocabulary);
    for (int64_t k = targets.firsts[state]; k < targets.firsts[state + 1]; ++k) {
      result[k - base] = to_float(line[targets.tokens[k]]) - logsumexps[state];
    }
  }
}

template <class T>
LEAKPROBE_INLINE void logit_gradient_states(int64_t vocabulary, T* logits,
                                            const TargetTokens& targets, const float* logsumexps,
                                            const float* scale, int64_t begin, int64_t end) {
  const int64_t base = targets.firsts[0];
  std::vector<float> gradients;
  for (int64_t state = begin; state < end; ++state) {
    T* line = logits + state * vocabulary;
    const int64_t first = targets.firsts[state];
    const int64_t last = targets.firsts[state + 1];
    float total = 0.0f;
    for (int64_t k = first; k < last; ++k) total += scale[k - base];
    gradients.clear();
    for (int64_t k = first; k < last; ++k) {
      gradients.push_back(target_gradient(to_float(line[targets.tokens[k]]) - logsumexps[state],
                                          scale[k - base], total));
    }
    scaled_softmax(line, vocabulary, logsumexps[state], -total);
    for (int64_t k = first; k < last; ++k) {
      from_float(gradients[static_cast<size_t>(k - first)], line[targets.tokens[k]]);
    }
  }
}

template <class T>
LEAKPROBE_INLINE void other_states(int64_t vocabulary, T* logits, const TargetTokens& targets,
                                   const float* logsumexps, int64_t begin, int64_t end) {
  for (int64_t state = begin; state < end; ++state) {
    T* line = logits + state * vocabulary;
    scaled_softmax(line, vocabulary, logsumexps[state], 1.0f);
    for (int64_t k = targets.firsts[state]; k < targets.firsts[state + 1]; ++k) {
      from_float(0.0f, line[targets.tokens[k]]);
    }
  }
}

template <class T>
LEAKPROBE_INLINE void add_line(const T* from, float factor, int64_t size, float* to) {
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    FloatLanes total;
    FloatLanes lanes;
    load(to + i, total);
    load(from + i, lanes);
    store(to + i, total + lanes * factor);
  }
  for (; i < size; ++i) to[i] += to_float(from[i]) * factor;
}

template <class T>
LEAKPROBE_INLINE void gradient_states(int64_t width, const T* weight, const T* others,
                                      const TargetTokens& targets, const float* result,
                                      const float* scale, float* gradients, int64_t begin,
                                      int64_t end) {
  const int64_t base = targets.firsts[0];
  for (int64_t state = begin; state < end; ++state) {
    float* line = gradients + state * width;
    std::fill_n(line, width, 0.0f);
    const int64_t first = targets.firsts[state];
    const int64_t last = targets.firsts[state + 1];
    float total = 0.0f;
    for (int64_t k = first; k < last; ++k) total += scale[k - base];
    add_line(others + state * width, -total, width, line);
    for (int64_t k = first; k < last; ++k) {
      add_line(weight + targets.tokens[k] * width,
               target_gradient(result[k - base], scale[k - base], total), width, line);
    }
  }
}

// One plain function a type: a clone cannot be made of a template.
LEAKPROBE_SIMD void log_softmax_range(int64_t vocabulary, const float* logits,
                                      const TargetTokens& targets, float* result, float* logsumexps,
                                      int64_t begin, int64_t end) {
  log_softmax_states(vocabulary, logits, targets, result, logsumexps, begin, end);
}
LEAKPROBE_SIMD void log_softmax_range(int64_t vocabulary, const Brain* logits,
                                      const TargetTokens& targets, float* result, float* logsumexps,
                                      int64_t begin, int64_t end) {
  log_softmax_states(vocabulary, logits, targets, result, logsumexps, begin, end);
}
LEAKPROBE_SIMD void logit_gradients_range(int64_t vocabulary, float* logits,
                                          const TargetTokens& targets, const float* logsumexps,
                                          const float* scale, int64_t begin, int64_t end) {
  logit_gradient_states(vocabulary, logits, targets, logsumexps, scale, begin, end);
}
LEAKPROBE_SIMD void logit_gradients_range(int64_t vocabulary, Brain* logits,
                                          const TargetTokens& targets, const float* logsumexps,
                                          const float* scale, int64_t begin, int64_t end) {
  logit_gradient_states(vocabulary, logits, targets, logsumexps, scale, begin, end);
}
LEAKPROBE_SIMD void others_range(int64_t vocabulary, float* logits, const TargetTokens& targets,
                                 const float* logsumexps, int64_t begin, int64_t end) {
  other_states(vocabulary, logits, targets, logsumexps, begin, end);
}
LEAKPROBE_SIMD void others_range(int64_t vocabulary, Brain* logits, const TargetTokens& targets,
                                 const float* logsumexps, int64_t begin, int64_t end) {
  other_states(vocabulary, logits, targets, logsumexps, begin, end);
}
LEAKPROBE_SIMD void gradients_range(int64_t width, const float* weight, const float* others,
                                    const TargetTokens& targets, const float* result,
                                    const float* scale, float* gradients, int64_t begin,
                                    int64_t end) {
  gradient_states(width, weight, others, targets, result, scale, gradients, begin, end);
}
LEAKPROBE_SIMD void gradients_range(int64_t width, const Brain* weight, const Brain* others,
                                    const TargetTokens& targets, const float* result,
                                    const float* scale, float* gradients, int64_t begin,
                                    int64_t end) {
  gradient_states(width, weight, others, targets, result, scale, gradients, begin, end);
}

int64_t states_a_thread(int64_t size) {
  return std::max<int64_t>(1, 8192 / std::max<int64_t>(size, 1));
}

}  // namespace

template <class T>
void target_log_softmax(int64_t states, int64_t vocabulary, const T* logits,
                        const TargetTokens& targets, float* result, float* logsumexps) {
  parallel_for(states, states_a_thread(vocabulary), [&](int64_t begin, int64_t end) {
    log_softmax_range(vocabulary, logits, targets, result, logsumexps, begin, end);
  });
}

template <class T>
void target_log_softmax_gradients(int64_t states, int64_t vocabulary, T* logits,
                                  const TargetTokens& targets, const float* logsumexps,
                                  const float* scale) {
  parallel_for(states, states_a_thread(vocabulary), [&](int64_t begin, int64_t end) {
    logit_gradients_range(vocabulary, logits, targets, logsumexps, scale, begin, end);
  });
}

template <class T>
void other_probabilities(int64_t states, int64_t vocabulary, T* logits, const TargetTokens& targets,
                         const float* logsumexps) {
  parallel_for(states, states_a_thread(vocabulary), [&](int64_t begin, int64_t end) {
    others_range(vocabulary, logits, targets, logsumexps, begin, end);
  });
}

template <class T>
void state_gradients(int64_t states, int64_t width, const T* weight, const T* others,
                     const TargetTokens& targets, const float* result, const float* scale,
                     float* gradients) {
  parallel_for(states, states_a_thread(2 * width), [&](int64_t begin, int64_t end) {
    gradients_range(width, weight, others, targets, result, scale, gradients, begin, end);
  });
}

#define LEAKPROBE_LOG_SOFTMAX_OF(T)                                                           \
  template void target_log_softmax(int64_t, int64_t, const T*, const TargetTokens&, float*,   \
                                   float*);                                                   \
  template void target_log_softmax_gradients(int64_t, int64_t, T*, const TargetTokens&,       \
                                             const float*, const float*);                     \
  template void other_probabilities(int64_t, int64_t, T*, const TargetTokens&, const float*); \
  template void state_gradients(int64_t, int64_t, const T*, const T*, const TargetTokens&,    \
                                const float*, const float*, float*);
LEAKPROBE_LOG_SOFTMAX_OF(float)
LEAKPROBE_LOG_SOFTMAX_OF(Brain)
#undef LEAKPROBE_LOG_SOFTMAX_OF

}  // namespace leakprobe
