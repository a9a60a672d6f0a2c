#pragma once

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Reports streams whose first rows lack a number that an objective reads (ColumnNeed::numbers).
void check_numbers(const Composition& composition, const Task& task, Diagnostics& diagnostics);

}  // namespace leakprobe
