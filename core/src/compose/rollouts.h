#pragma once

#include "compose/composition.h"
#include "compose/lineage.h"
#include "leakprobe/phase.h"

namespace leakprobe {

/// Reports a term whose objective and stream do not agree on whether the policy makes the rows, and
/// rollouts that the objective could learn nothing from, or something else than it says.
/// `batch` is in rows; `phase` the term's.
bool check_rollout(const ComposedTerm& term, const std::string& phase, const Lineage& lineage,
                   Diagnostics& diagnostics);

}  // namespace leakprobe
