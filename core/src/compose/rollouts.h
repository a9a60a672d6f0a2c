#pragma once

#include "compose/composition.h"
#include "compose/lineage.h"
#include "compose/roles.h"
#include "leakprobe/phase.h"

namespace leakprobe {

/// Reports a term whose objective and stream do not agree on whether the policy makes the rows.
bool check_who_makes_rows(const Term& term, Diagnostics& diagnostics);

/// Reports rollouts that the objective could learn nothing from, or something else than it says.
/// `phase` is the term's.
bool check_rollout(const ComposedTerm& term, const std::string& phase, const Lineage& lineage,
                   Diagnostics& diagnostics);

/// Reports rollouts of a weight below 0, which stands at `weight`.
bool check_rollout_weight(const Term& term, const PathAndPlace& weight, Diagnostics& diagnostics);

}  // namespace leakprobe
