#pragma once

#include <cstdint>
#include <vector>

namespace leakprobe {

/// Chooses tokens by logits, with memory of its own for as many as come one after the other.
class TokenChoice {
 public:
  struct Chosen {
    int64_t token = 0;
    float log_prob = 0;  ///< its logit less the log of the sum of e^logits
  };

  explicit TokenChoice(int64_t vocabulary);

  /// The token at which the probabilities, summed in the vocabulary's order, pass `share` of their
  /// sum: drawn by them where `share` is uniform in [0, 1). One e^87 times rarer than the likeliest
  /// never is.
  Chosen draw(const float* logits, double share);
  /// Of several the first.
  Chosen likeliest(const float* logits);

 private:
  /// Makes the probabilities of all tokens, over that of the likeliest; gives the logarithm of the
  /// sum of e^logits.
  float exponentiate(const float* logits);

  int64_t vocabulary_;
  std::vector<float> probabilities_;
  std::vector<double> sums_;  ///< of blocks of the probabilities
};

}  // namespace leakprobe
