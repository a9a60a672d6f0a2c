#include "step/advantages.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace leakprobe {
namespace {

/// Added to a deviation, so that equal rewards are divided by something.
constexpr double kLeastDeviation = 1e-4;

/// The rows of each group.
std::map<int64_t, std::vector<size_t>> members(const std::vector<int64_t>& groups) {
  std::map<int64_t, std::vector<size_t>> members;
  for (size_t i = 0; i < groups.size(); ++i) members[groups[i]].push_back(i);
  return members;
}

std::vector<double> at(const std::vector<double>& values, const std::vector<size_t>& rows) {
  std::vector<double> chosen;
  for (const size_t row : rows) chosen.push_back(values[row]);
  return chosen;
}

/// The mean of a group without one of its values; that value where it is alone.
double mean_of_others(const std::vector<double>& group, double own) {
  const double centre = mean(group);
  if (group.size() < 2) return centre;
  return centre + (centre - own) / static_cast<double>(group.size() - 1);
}

double baseline(Advantages::Baseline which, const std::vector<double>& group, double own,
                double batch_mean) {
  switch (which) {
    case Advantages::Baseline::none:
      return 0;
    case Advantages::Baseline::leave_one_out:
      return mean_of_others(group, own);
    case Advantages::Baseline::group_mean:
      return mean(group);
    case Advantages::Baseline::batch_mean:
      return batch_mean;
  }
  return 0;
}

}  // namespace

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  double above = 0;  // the first
  for (const double value : values) above += value - values.front();
  return values.front() + above / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::vector<double> advantages_of(const std::vector<double>& returns,
                                  const std::vector<int64_t>& groups, const Advantages& how) {
  std::vector<double> advantages(returns.size());
  if (returns.empty()) return advantages;
  const double batch_mean = mean(returns);
  for (const auto& [group, rows] : members(groups)) {
    const std::vector<double> own = at(returns, rows);
    const double scale =
        how.scale == Advantages::Scale::group ? deviation(own) + kLeastDeviation : 1.0;
    for (const size_t row : rows) {
      advantages[row] =
          (returns[row] - baseline(how.baseline, own, returns[row], batch_mean)) / scale;
    }
  }
  if (how.scale == Advantages::Scale::batch) {
    const double scale = deviation(returns) + kLeastDeviation;
    for (double& advantage : advantages) advantage /= scale;
  }
  return advantages;
}

double share_of_equal_groups(const std::vector<double>& values,
                             const std::vector<int64_t>& groups) {
  const auto all = members(groups);
  const auto equal = std::count_if(all.begin(), all.end(), [&](const auto& group) {
    return std::all_of(group.second.begin(), group.second.end(),
                       [&](size_t row) { return values[row] == values[group.second.front()]; });
  });
  return static_cast<double>(equal) / static_cast<double>(std::max<size_t>(all.size(), 1));
}

}  // namespace leakprobe
