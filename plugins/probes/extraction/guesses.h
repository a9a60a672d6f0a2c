#pragma once

namespace leakprobe {

/// log2 of the least number n of independent samples among which a text of log-probability
/// `log_prob` is with at least the probability `probability`, 1 - (1 - exp(log_prob))^n >=
/// probability (Hayes et al. 2024, arXiv:2410.19482, equation 3). Never samples: n is computed for
/// texts of any probability that has a logarithm.
double log2_guesses(double log_prob, double probability);

}  // namespace leakprobe
