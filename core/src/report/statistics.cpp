#include "report/statistics.h"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace leakprobe {
namespace {

using boost::math::complement;

double mean_of(std::span<const double> sample) {
  return std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(sample.size());
}

/// Divides by n - 1.
double deviation_of(std::span<const double> sample, double mean) {
  double squares = 0;
  for (const double value : sample) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(sample.size() - 1));
}

bool equal_but_for_rounding(std::span<const double> sample, double sd) {
  double largest = 0;
  for (const double value : sample) largest = std::max(largest, std::abs(value));
  return sd <= 1e-13 * largest;
}

/// The probability that the t-test of `seeds` values finds an effect of `size` deviations.
double power_of_t_test(double size, int64_t seeds) {
  const double freedom = static_cast<double>(seeds - 1);
  const double critical = quantile(complement(boost::math::students_t(freedom), kSignificance / 2));
  const boost::math::non_central_t shifted(freedom, size * std::sqrt(static_cast<double>(seeds)));
  // The other tail, a finding of the wrong sign, is no success.
  return cdf(complement(shifted, critical));
}

}  // namespace

SampleStatistics describe_sample(std::span<const double> sample) {
  SampleStatistics result;
  result.n = static_cast<int64_t>(sample.size());
  if (sample.empty()) {
    result.undefined = "no value";
    return result;
  }
  if (!std::all_of(sample.begin(), sample.end(), [](double x) { return std::isfinite(x); })) {
    result.undefined = "a value is not a finite number";
    return result;
  }
  result.mean = mean_of(sample);
  result.relative_geometric = std::expm1(*result.mean);
  std::vector<double> increases;
  for (const double value : sample) increases.push_back(std::expm1(value));
  result.relative_arithmetic = mean_of(increases);
  if (sample.size() == 1) {
    result.undefined = "one value has no spread";
    return result;
  }
  result.sd = deviation_of(sample, *result.mean);
  result.sign_flip = sign_flip_test(sample);
  result.wilcoxon = wilcoxon_test(sample);
  if (equal_but_for_rounding(sample, *result.sd)) {
    result.undefined = "equal values have no t-test";
    return result;
  }
  const double error = *result.sd / std::sqrt(static_cast<double>(sample.size()));
  const boost::math::students_t distribution(static_cast<double>(sample.size() - 1));
  const double reach = quantile(complement(distribution, kSignificance / 2)) * error;
  const double t = *result.mean / error;
  result.ci95 = {*result.mean - reach, *result.mean + reach};
  result.t_test = {t, 2 * cdf(complement(distribution, std::abs(t))),
                   cdf(complement(distribution, t))};
  return result;
}

std::vector<std::optional<double>> holm_adjusted(const std::vector<std::optional<double>>& p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i]) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return *p[a] < *p[b]; });
  std::vector<std::optional<double>> adjusted(p.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, static_cast<double>(order.size() - i) * *p[order[i]]);
    adjusted[order[i]] = std::min(largest, 1.0);
  }
  return adjusted;
}

std::optional<int64_t> seeds_needed(double mean, double sd, double power) {
  const double size = std::abs(mean) / sd;
  if (!std::isfinite(size) || size == 0) return std::nullopt;
  const auto enough = [&](int64_t seeds) { return power_of_t_test(size, seeds) >= power; };
  int64_t low = 1, high = 2;  // too few, perhaps enough
  while (!enough(high)) {
    if (high >= kMostSeeds) return std::nullopt;
    low = high;
    high = std::min(2 * high, kMostSeeds);
  }
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace leakprobe
