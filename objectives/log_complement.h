#pragma once

#include <torch/types.h>

#include <cmath>

namespace leakprobe {

/// log(1 - exp(log_p)) of log-probabilities up to 0, with all digits of value and slope. Where less
/// than 1e-5 is left of 1 it goes on along its tangent: both stay finite, and what is certain is
/// still pushed away from.
inline torch::Tensor log_complement(const torch::Tensor& log_p) {
  constexpr double kLeast = 1e-5;
  const double edge = std::log1p(-kLeast);
  const torch::Tensor inside = log_p.clamp_max(edge);
  const torch::Tensor beyond = (log_p - edge).clamp_min(0.0);
  const torch::Tensor is_likely = inside.gt(-std::log(2.0));
  return at::where(is_likely, at::log(-at::expm1(inside)), at::log1p(-at::exp(inside))) -
         (1.0 - kLeast) / kLeast * beyond;
}

}  // namespace leakprobe
