#pragma once

#include <optional>
#include <string>

#include "compose/scale.h"
#include "leakprobe/value.h"
#include "report/statistics.h"

namespace leakprobe {

struct Conclusion {
  std::string finding;  ///< "leak", "no_leak", "undecided", "none"
  std::string text;     ///< one sentence
};

/// What may be concluded at the 5 % level. A leak is said only of what lies beyond chance and
/// beyond its control: behind a prefix that pushes everything down the control sinks too. `claim`
/// has set and minus; `scale` has a level of chance where `leak` is measured against one.
Conclusion conclude(const Value& claim, const Scale& scale, const SampleStatistics& leak,
                    const std::optional<SampleStatistics>& control, const SampleStatistics& effect,
                    std::optional<double> p_holm);

}  // namespace leakprobe
