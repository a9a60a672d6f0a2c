#pragma once

#include <torch/types.h>

namespace leakprobe {

/// Which tokens are targets for after each of some states, each pair of state and token once.
struct Targets {
  torch::Tensor firsts;  ///< (states + 1) int64, on the CPU: where each state's tokens begin
  torch::Tensor tokens;  ///< (pairs) int64; the first one is the pair firsts[0]

  int64_t states() const { return firsts.size(0) - 1; }
  int64_t pairs() const { return tokens.size(0); }
  /// Those of `count` states from state `begin` on; `firsts` keeps counting all pairs.
  Targets part(int64_t begin, int64_t count) const;
  /// One token a state.
  static Targets each(const torch::Tensor& tokens);
};

/// What the head computes from logits (states, vocabulary), f32 or bf16; by kernels on the CPU, by
/// LibTorch's operations (`with_torch`) elsewhere. All sums are f32 whatever the logits' type.
///
/// Log-probabilities of the targets tokens into `result` (pairs), and what each state's logits are
/// normalised by into `logsumexps` (states); both f32.
void log_softmax_at(const torch::Tensor& logits, const Targets& targets,
                    const torch::Tensor& result, const torch::Tensor& logsumexps);
/// The gradient in the logits of the sum of scale (pairs) times those; may take the logits' place.
torch::Tensor logit_gradients(const torch::Tensor& logits, const Targets& targets,
                              const torch::Tensor& logsumexps, const torch::Tensor& scale);
/// Probabilities of the tokens that are not targets for, 0 for the others; may take their place.
torch::Tensor other_probabilities(const torch::Tensor& logits, const Targets& targets,
                                  const torch::Tensor& logsumexps);
/// The gradient (states, width) f32 in the states of the sum of scale times log-probabilities,
/// where `others` is other_probabilities times the head's weight: what needs no logits.
torch::Tensor state_gradients(const torch::Tensor& weight, const torch::Tensor& others,
                              const Targets& targets, const torch::Tensor& result,
                              const torch::Tensor& scale);

namespace with_torch {
void log_softmax_at(const torch::Tensor& logits, const Targets& targets,
                    const torch::Tensor& result, const torch::Tensor& logsumexps);
torch::Tensor logit_gradients(const torch::Tensor& logits, const Targets& targets,
                              const torch::Tensor& logsumexps, const torch::Tensor& scale);
torch::Tensor other_probabilities(const torch::Tensor& logits, const Targets& targets,
                                  const torch::Tensor& logsumexps);
torch::Tensor state_gradients(const torch::Tensor& weight, const torch::Tensor& others,
                              const Targets& targets, const torch::Tensor& result,
                              const torch::Tensor& scale);
}  // namespace with_torch

}  // namespace leakprobe
