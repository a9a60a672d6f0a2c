#include "report/figures/step_means.h"

#include <algorithm>
#include <utility>

namespace leakprobe {

void StepMeans::add(int64_t step, double value) {
  while (step / width_ >= static_cast<int64_t>(kMostPoints)) {
    width_ *= 2;
    std::vector<Sum> wider((sums_.size() + 1) / 2);
    for (size_t i = 0; i < sums_.size(); ++i) {
      Sum& both = wider[i / 2];
      both.last = std::max(both.last, sums_[i].last);
      both.sum += sums_[i].sum;
      both.count += sums_[i].count;
    }
    sums_ = std::move(wider);
  }
  const auto at = static_cast<size_t>(step / width_);
  if (at >= sums_.size()) sums_.resize(at + 1);
  Sum& sum = sums_[at];
  sum.last = std::max(sum.last, step);
  sum.sum += value;
  ++sum.count;
}

std::vector<StepMeans::Point> StepMeans::points() const {
  std::vector<Point> points;
  for (const Sum& sum : sums_) {
    if (sum.count > 0) points.push_back({sum.last, sum.sum / static_cast<double>(sum.count)});
  }
  return points;
}

}  // namespace leakprobe
