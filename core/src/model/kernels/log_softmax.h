#pragma once

#include <cstdint>

#include "model/simd.h"

namespace leakprobe {

/// Which tokens are targets after each state: those of state s are tokens[firsts[s]] up to
/// tokens[firsts[s + 1]], all different and in the vocabulary.
struct TargetTokens {
  const int64_t* firsts = nullptr;
  const int64_t* tokens = nullptr;
};

/// result[k] = logits[s][tokens[k]] - log sum of e^logits[s] for the tokens k of each state s, and
/// the latter in logsumexps[s]; both f32 whatever the logits' type, which is float or Brain.
/// Places k are counted from the first state's.
template <class T>
void target_log_softmax(int64_t states, int64_t vocabulary, const T* logits,
                        const TargetTokens& targets, float* result, float* logsumexps);

/// In place: the logits become the gradient in them of the sum of scale[k] result[k].
template <class T>
void target_log_softmax_gradients(int64_t states, int64_t vocabulary, T* logits,
                                  const TargetTokens& targets, const float* logsumexps,
                                  const float* scale);

/// In place: the logits become the probabilities of all tokens that are not targets, 0 for those
/// that are. What these tokens have in common in the gradient is known before `scale` is, and small
/// where the targets are likely.
template <class T>
void other_probabilities(int64_t states, int64_t vocabulary, T* logits, const TargetTokens& targets,
                         const float* logsumexps);

/// The gradient in the states of the sum of scale[k] result[k], where others (states, width) is
/// `other_probabilities` weight and weight is (vocabulary, width).
template <class T>
void state_gradients(int64_t states, int64_t width, const T* weight, const T* others,
                     const TargetTokens& targets, const float* result, const float* scale,
                     float* gradients);

}  // namespace leakprobe
