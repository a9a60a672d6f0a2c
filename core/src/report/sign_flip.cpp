#include "report/sign_flip.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

namespace leakprobe {
namespace {

/// The sums of `values` under each assignment of signs, in ascending order.
std::vector<double> signed_sums(std::span<const double> values) {
  std::vector<double> sums = {0.0};
  for (const double value : values) {
    std::vector<double> below(sums), above(sums);
    for (double& sum : below) sum -= std::abs(value);
    for (double& sum : above) sum += std::abs(value);
    sums.resize(2 * sums.size());
    std::merge(below.begin(), below.end(), above.begin(), above.end(), sums.begin());
  }
  return sums;
}

/// The share of all assignments of signs whose sum is at least `bound`. The two halves of the
/// values are enumerated apart and meet in the middle (Horowitz and Sahni 1974).
double share_at_least(std::span<const double> values, double bound) {
  const size_t half = values.size() / 2;
  const std::vector<double> left = signed_sums(values.first(half));
  const std::vector<double> right = signed_sums(values.subspan(half));
  double count = 0;
  size_t first = right.size();
  for (const double sum : left) {
    while (first > 0 && sum + right[first - 1] >= bound) --first;
    count += static_cast<double>(right.size() - first);
  }
  return std::ldexp(count, -static_cast<int>(values.size()));
}

double drawn_share_beyond(std::span<const double> values, double bound) {
  std::mt19937_64 random(0);
  int64_t beyond = 0;
  for (int64_t draw = 0; draw < kDrawnFlips; ++draw) {
    double sum = 0;
    uint64_t signs = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % 64 == 0) signs = random();
      sum += (signs & 1) != 0 ? values[i] : -values[i];
      signs >>= 1;
    }
    if (std::abs(sum) >= bound) ++beyond;
  }
  // The observed assignment is one of those that may occur.
  return static_cast<double>(beyond + 1) / static_cast<double>(kDrawnFlips + 1);
}

/// Ranks from 1 of the sizes of `values`, equal sizes sharing their mean, with the values' signs.
std::vector<double> signed_ranks(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::erase(sorted, 0.0);
  std::sort(sorted.begin(), sorted.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  std::vector<double> ranks;
  for (size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    while (end < sorted.size() && std::abs(sorted[end]) == std::abs(sorted[begin])) ++end;
    const double rank = static_cast<double>(begin + 1 + end) / 2;
    for (size_t i = begin; i < end; ++i) ranks.push_back(std::copysign(rank, sorted[i]));
  }
  return ranks;
}

}  // namespace

SignFlip sign_flip_test(std::span<const double> values) {
  double sum = 0, size = 0;
  for (const double value : values) {
    sum += value;
    size += std::abs(value);
  }
  // Sums that are equal on paper differ by rounding, depending on their order.
  const double bound = std::abs(sum) - 1e-12 * size;
  if (values.empty() || bound <= 0) return {};
  if (values.size() > kMostExactFlips) return {drawn_share_beyond(values, bound), false};
  return {2 * share_at_least(values, bound), true};
}

Wilcoxon wilcoxon_test(std::span<const double> values) {
  const std::vector<double> ranks = signed_ranks(values);
  double below = 0, above = 0;
  for (const double rank : ranks) (rank < 0 ? below : above) += std::abs(rank);
  return {std::min(below, above), sign_flip_test(ranks).two_sided};
}

}  // namespace leakprobe
