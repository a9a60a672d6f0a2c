#pragma once

#include <string>

#include "report/figures/effect_layout.h"

namespace leakprobe {

/// The numbers of an effect figure: a row a mean with its interval, a row a VALID seed, for the
/// claim's set and for what it is held against ("" = nothing); for a group without a VALID run one
/// row, "none", with the verdict as its note. `unit` is that of the numbers.
std::string effect_csv(const Value& report, const EffectLayout& layout, const std::string& set,
                       const std::string& compared, const std::string& unit);

}  // namespace leakprobe
