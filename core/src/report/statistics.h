#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/sign_flip.h"

/// Statistics over runs: one number a seed. Distributions are Boost.Math's; the values are SciPy's.
namespace leakprobe {

/// What a sample says about its mean. Whatever a sample does not define has no value, and
/// `undefined` says why: one run has no spread, equal values have no t-test.
struct SampleStatistics {
  int64_t n = 0;
  std::optional<double> mean;
  std::optional<double> sd;  ///< divides by n - 1
  /// Two-sided 95 % t interval of the mean.
  struct Interval {
    double low = 0;
    double high = 0;
  };
  std::optional<Interval> ci95;
  /// Student's t-test of the mean against 0 with n - 1 degrees of freedom.
  struct TTest {
    double t = 0;
    double two_sided = 0;
    double greater = 0;  ///< one-sided, for a mean above 0
  };
  std::optional<TTest> t_test;
  std::optional<SignFlip> sign_flip;
  std::optional<Wilcoxon> wilcoxon;
  std::optional<double> relative_geometric;   ///< exp(mean x) - 1
  std::optional<double> relative_arithmetic;  ///< mean(exp x) - 1
  std::string undefined;
  std::string relative_undefined;  ///< why one of the relative ones has no value
};

/// Numbers of runs as a sample of seeds: of each seed the mean over its runs, since runs that share
/// their random numbers are not independent of one another.
class SeedMeans {
 public:
  void add(int64_t seed, double value);
  /// In the order of the seeds.
  std::vector<double> values() const;

 private:
  std::map<int64_t, std::vector<double>> by_seed_;
};

/// A paired test is that of the differences. A value that is not finite leaves all but `n`
/// undefined. However large or small values are, sums of their squares are not lost.
SampleStatistics describe_sample(std::span<const double> sample);
/// The same without the tests over signs and ranks, which take the longest.
SampleStatistics describe_mean(std::span<const double> sample);

/// Holm's step-down adjustment (Holm 1979) of the p-values that there are, in their order.
std::vector<std::optional<double>> holm_adjusted(const std::vector<std::optional<double>>& p);

inline constexpr double kSignificance = 0.05;
/// More seeds than anybody would run.
inline constexpr int64_t kMostSeeds = 100'000;

/// The fewest seeds with which a two-sided t-test at the 5 % level finds an effect of that mean and
/// standard deviation (above 0) with probability `power`, by the noncentral t distribution; nothing
/// beyond kMostSeeds.
std::optional<int64_t> seeds_needed(double mean, double sd, double power);

}  // namespace leakprobe
