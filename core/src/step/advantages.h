#pragma once

#include <cstdint>
#include <vector>

#include "leakprobe/objective.h"

namespace leakprobe {

/// The advantages of a batch's rows, by the formula at `Advantages`. `returns` are R - kl (S_policy
/// - S_reference), and rows of one group have one number in `groups`. A row that has no others to
/// be compared with has the advantage 0.
std::vector<double> advantages_of(const std::vector<double>& returns,
                                  const std::vector<int64_t>& groups, const Advantages& how);

/// The share of groups in which all values are the same.
double share_of_equal_groups(const std::vector<double>& values, const std::vector<int64_t>& groups);

/// The mean; 0 of no values. Of equal ones it is exactly their value, so that equal rewards differ
/// from their baseline by nothing at all.
double mean(const std::vector<double>& values);
/// The standard deviation (n - 1); 0 of fewer than two values.
double deviation(const std::vector<double>& values);

}  // namespace leakprobe
