#pragma once

#include <optional>

#include "leakprobe/value.h"
#include "report/statistics.h"

namespace leakprobe {

Value or_null(const std::optional<double>& number);

/// The statistics as host/report.h describes them. `relative`: whether the values are logarithms of
/// ratios, so that there is an increase in percent.
Value sample_value(const SampleStatistics& statistics, bool relative);

}  // namespace leakprobe
