#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// What reports call it: "positive", "negative", "both".
const char* name_of(Sign sign);
/// "ordinary", "never_positive", "control".
const char* name_of(Role::Kind role);

}  // namespace leakprobe
