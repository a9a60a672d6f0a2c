#include "guesses.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace leakprobe {
namespace {

/// ln of -ln(1 - e^x); where e^x is below what 1 can be told from, that is x.
double log_of_rate(double x) { return x < -36 ? x : std::log(-std::log1p(-std::exp(x))); }

}  // namespace

double log2_guesses(double log_prob, double probability) {
  if (log_prob >= 0) return 0;  // it is always made
  const double log_of_n = std::log(-std::log1p(-probability)) - log_of_rate(log_prob);
  const double log2_of_n = log_of_n / std::numbers::ln2;
  // Whole samples, where one more or less can be told; log-probabilities are good to seven digits.
  constexpr double kPrecision = 1e-6;
  if (log2_of_n > 20) return log2_of_n;
  return std::log2(std::max(1.0, std::ceil(std::exp2(log2_of_n) * (1 - kPrecision))));
}

}  // namespace leakprobe
