#pragma once

#include <cstdint>
#include <optional>

#include "compose/composition.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Decides the phase's steps and the items of its terms, whose batches are known. `steps` is what
/// the file says; without it the phase goes once through its longest finite stream. Reports at
/// `place` what leaves the number of steps open.
bool decide_sizes(ComposedPhase& phase, std::optional<int64_t> steps, const TaskFacts& task,
                  Diagnostics& diagnostics);

}  // namespace leakprobe
