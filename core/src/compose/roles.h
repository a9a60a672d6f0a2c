#pragma once

#include "leakprobe/phase.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Reports rows that the term would make more likely although their set's role forbids it.
bool check_roles(const std::string& phase, const Term& term, const TaskFacts& task,
                 Diagnostics& diagnostics);

}  // namespace leakprobe
