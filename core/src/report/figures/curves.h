#pragma once

#include <optional>

#include "leakprobe/value.h"
#include "report/figures/curve_data.h"
#include "report/figures/figure.h"

namespace leakprobe {

/// What a group of runs went through (the paper's Fig. 5): every set over all phases, each seed
/// thin and the mean of the VALID ones bold, with phase boundaries and the chance line; below it
/// the claim's phase near chance, the claim's set and what it is held against, where one of these
/// comes near. Other prefixes than
/// each phase's own can be switched on. Nothing where no run was evaluated.
std::optional<Figure> curves_figure(const Value& group, const GroupCurves& curves,
                                    const std::string& name);

}  // namespace leakprobe
