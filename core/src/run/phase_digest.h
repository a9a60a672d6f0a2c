#pragma once

#include <string>
#include <vector>

#include "compose/composition.h"
#include "plugin/registry.h"

namespace leakprobe {

/// One digest a phase, in the composition's order: 16 hex digits of SHA-256 over all that decides
/// what a run's saved state and files hold once that phase is done. Runs whose digests agree up to
/// some phase may share everything up to there.
std::vector<std::string> phase_digests(const Composition& composition, const Registry& registry);

}  // namespace leakprobe
