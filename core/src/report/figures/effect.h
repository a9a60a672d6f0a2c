#pragma once

#include <vector>

#include "leakprobe/value.h"
#include "report/figures/figure.h"

namespace leakprobe {

/// The leak of the claim's set and of what it is held against, along the axes of a report: the mean
/// over VALID seeds with its 95 % interval, and each seed. Along an axis of numbers as points over
/// a scale (the paper's Fig. 2), along an axis of names as bars (Figs. 3 and 4); the other axes
/// become panels. An arm without a VALID run is its verdict in words, never a bar at zero.
///
/// One figure an axis of numbers; where there is none, one for all axes together. None where the
/// runs make no claim.
std::vector<Figure> effect_figures(const Value& report);

}  // namespace leakprobe
