#pragma once

#include <string>

#include "report/figures/curve_data.h"

namespace leakprobe {

/// So many runs are drawn one by one; the mean is over all.
inline constexpr size_t kMostThinLines = 16;

/// The numbers of a figure of curves: a row a measurement that is drawn by itself (of the first
/// runs, behind each phase's own prefix), then a row a mean over the VALID runs of every cell.
std::string curves_csv(const GroupCurves& curves);

}  // namespace leakprobe
