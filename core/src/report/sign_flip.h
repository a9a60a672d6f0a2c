#pragma once

#include <span>

namespace leakprobe {

/// Up to this many values every assignment of signs is counted; beyond, many are drawn.
inline constexpr size_t kMostExactFlips = 40;
inline constexpr int64_t kDrawnFlips = 100'000;

/// The sign-flip test: were each value as likely to have had the other sign, how often would the
/// sum lie at least as far from 0? It assumes symmetry about 0 and nothing else (Fisher 1935).
struct SignFlip {
  double two_sided = 1;
  bool exact =
      true;  ///< false: kDrawnFlips assignments from a fixed seed, the observed one counted
};
SignFlip sign_flip_test(std::span<const double> values);

/// Wilcoxon's signed-rank test: the sign-flip test of the ranks of the sizes, each with its value's
/// sign. Zeros are left out; equal sizes share their mean rank.
struct Wilcoxon {
  double statistic = 0;  ///< the smaller one of the two sums of ranks
  double two_sided = 1;
};
Wilcoxon wilcoxon_test(std::span<const double> values);

}  // namespace leakprobe
