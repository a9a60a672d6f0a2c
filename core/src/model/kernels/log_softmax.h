#pragma once

#include <cstdint>

#include "model/simd.h"

namespace leakprobe {

/// Which tokens are asked for after each state: those of state s are tokens[firsts[s]] up to
/// tokens[firsts[s + 1]], all different and in the vocabulary.
struct AskedTokens {
  const int64_t* firsts = nullptr;
  const int64_t* tokens = nullptr;
};

/// result[k] = logits[s][tokens[k]] - log sum of e^logits[s] for the tokens k of each state s, and
/// the latter in normalisers[s]; both f32 whatever the logits' type, which is float or Brain.
/// Places k are counted from the first state's.
template <class T>
void target_log_softmax(int64_t states, int64_t vocabulary, const T* logits,
                        const AskedTokens& asked, float* result, float* normalisers);

/// In place: the logits become the gradient in them of the sum of scale[k] result[k].
template <class T>
void target_log_softmax_slopes(int64_t states, int64_t vocabulary, T* logits,
                               const AskedTokens& asked, const float* normalisers,
                               const float* scale);

/// In place: the logits become the probabilities of all tokens that are not asked for, 0 for those
/// that are. What these tokens have in common in the gradient is known before `scale` is, and small
/// where the asked tokens are likely.
template <class T>
void other_probabilities(int64_t states, int64_t vocabulary, T* logits, const AskedTokens& asked,
                         const float* normalisers);

/// The gradient in the states of the sum of scale[k] result[k], where others (states, width) is
/// `other_probabilities` weight and weight is (vocabulary, width).
template <class T>
void state_gradients(int64_t states, int64_t width, const T* weight, const T* others,
                     const AskedTokens& asked, const float* result, const float* scale,
                     float* gradients);

}  // namespace leakprobe
