#pragma once

#include <string>

#include "report/figures/curve_data.h"

namespace leakprobe {

/// So many runs are drawn one by one; the mean is over all.
inline constexpr size_t kMostThinLines = 40;

/// The numbers of a figure of curves: a row a measurement of each run that is drawn by itself, then
/// a row a mean over the VALID runs.
std::string curves_csv(const GroupCurves& curves);

}  // namespace leakprobe
