#pragma once

#include <vector>

#include "leakprobe/value.h"
#include "report/figures/figure.h"

namespace leakprobe {

/// The claim's effect over the value of the gate that the report names under `against`: a point a
/// VALID run in the colour of its group, and each group's mean with the 95 % interval of its
/// effect. What has no point is named, with its verdict, below the title.
///
/// One figure for all groups whose effects, and whose values of the gate, may stand on one axis.
/// None where the report names no gate or nothing has a point.
std::vector<Figure> effect_against_figures(const Value& report);

}  // namespace leakprobe
