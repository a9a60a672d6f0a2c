#pragma once

#include <optional>
#include <string>

#include "report/figures/curve_data.h"
#include "report/figures/figure.h"

namespace leakprobe {

/// How training on rollouts went in a group of runs: reward, KL and suppression of its terms over
/// all phases, a panel each, every seed thin and the mean of the VALID ones bold. `label` is the
/// group's. Nothing where the policy made no rows.
std::optional<Figure> rewards_figure(const std::string& label, const GroupCurves& curves,
                                     const std::string& name);

}  // namespace leakprobe
