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

/// Of two effects that differ: "The effect of a is smaller than that of b: a leaks more".
std::string comparison_words(const std::string& a, const std::string& b, double difference,
                             const Scale& scale);
/// Why effects cannot be compared: "No conclusion: a is measured in bits, ..., b in ...."
std::string unlike_words(const std::string& a, const Scale& of_a, const std::string& b,
                         const Scale& of_b);

}  // namespace leakprobe
