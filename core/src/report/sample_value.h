#pragma once

#include "leakprobe/value.h"
#include "report/statistics.h"

namespace leakprobe {

/// The statistics as host/report.h describes them. `relative`: whether the values are logarithms of
/// ratios, so that there is an increase in percent.
Value sample_value(const SampleStatistics& statistics, bool relative);

}  // namespace leakprobe
