#pragma once

#include <string>

#include "leakprobe/value.h"

namespace leakprobe {

/// The runs of a report (see host/report.h) as a table for pandas, R and spreadsheets: a line each,
/// with a column for each axis of the sweep, and at the end one for each gate that has values,
/// "gate:suppress.suppressed".
std::string runs_csv(const Value& report);

}  // namespace leakprobe
