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

/// The power of two by which a sample is divided, so that squares neither over- nor underflow. It
/// changes no other bit.
int scale_of(std::span<const double> sample) {
  double largest = 0;
  for (const double value : sample) largest = std::max(largest, std::abs(value));
  int exponent = 0;
  std::frexp(largest, &exponent);
  return exponent;
}

std::vector<double> scaled_down(std::span<const double> sample, int scale) {
  std::vector<double> scaled;
  for (const double value : sample) scaled.push_back(std::ldexp(value, -scale));
  return scaled;
}

std::optional<double> if_finite(double number) {
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

constexpr const char* kBeyondNumbers = "is beyond what a number holds";

bool equal_but_for_rounding(std::span<const double> sample, double sd) {
  double largest = 0;
  for (const double value : sample) largest = std::max(largest, std::abs(value));
  return sd <= 1e-13 * largest;
}

/// Of the noncentral t distribution; the largest critical value, that of two values, is 12.7.
constexpr double kLargestShift = 1000;

/// The probability that the t-test of `seeds` values finds an effect of `size` deviations.
double power_of_t_test(double size, int64_t seeds) {
  const double freedom = static_cast<double>(seeds - 1);
  const double shift = size * std::sqrt(static_cast<double>(seeds));
  // Beyond it the probability is 1 to all digits, and the series below has no end.
  if (!(shift < kLargestShift)) return 1;
  const double critical = quantile(complement(boost::math::students_t(freedom), kSignificance / 2));
  const boost::math::non_central_t shifted(freedom, shift);
  // The other tail, a finding of the wrong sign, is no success.
  return cdf(complement(shifted, critical));
}

}  // namespace

void SeedMeans::add(int64_t seed, double value) { by_seed_[seed].push_back(value); }

std::vector<double> SeedMeans::values() const {
  std::vector<double> means;
  for (const auto& [seed, values] : by_seed_) means.push_back(mean_of(values));
  return means;
}

SampleStatistics describe_sample(std::span<const double> sample) {
  SampleStatistics result = describe_mean(sample);
  if (result.n < 2 || !result.mean) return result;
  const std::vector<double> scaled = scaled_down(sample, scale_of(sample));
  result.sign_flip = sign_flip_test(scaled);
  result.wilcoxon = wilcoxon_test(scaled);
  return result;
}

SampleStatistics describe_mean(std::span<const double> sample) {
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
  const int scale = scale_of(sample);
  const std::vector<double> scaled = scaled_down(sample, scale);
  std::vector<double> increases;
  for (const double value : sample) increases.push_back(std::expm1(value));
  const double mean = mean_of(scaled);
  result.mean = std::ldexp(mean, scale);
  result.relative_geometric = if_finite(std::expm1(*result.mean));
  result.relative_arithmetic = if_finite(mean_of(increases));
  if (!result.relative_geometric || !result.relative_arithmetic) {
    result.relative_undefined = std::string("the relative increase ") + kBeyondNumbers;
  }
  if (sample.size() == 1) {
    result.undefined = "one value has no spread";
    return result;
  }
  const double deviation = deviation_of(scaled, mean);
  result.sd = if_finite(std::ldexp(deviation, scale));
  if (equal_but_for_rounding(scaled, deviation)) {
    result.undefined = "equal values have no t-test";
    return result;
  }
  const double error = deviation / std::sqrt(static_cast<double>(sample.size()));
  const boost::math::students_t distribution(static_cast<double>(sample.size() - 1));
  const double reach = quantile(complement(distribution, kSignificance / 2)) * error;
  const double t = mean / error;
  const double low = std::ldexp(mean - reach, scale), high = std::ldexp(mean + reach, scale);
  if (std::isfinite(low) && std::isfinite(high)) {
    result.ci95 = {low, high};
  } else {
    result.undefined = std::string("the interval ") + kBeyondNumbers;
  }
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
  if (!(sd > 0) || !(size > 0)) return std::nullopt;
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
