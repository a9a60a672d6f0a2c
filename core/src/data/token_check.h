#pragma once

#include <cstdint>

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Rows of each set that `validate` and a run look at, against endless ones.
inline constexpr int64_t kRowsValidated = 10'000;
inline constexpr int64_t kRowsOfARun = 4'000'000;

/// Finds rows of the streams and probes with tokens that the model does not know: the first of each
/// set, column and prefix, among the first `most_rows` of a fixed set and a few of a set without
/// size.
void check_tokens(const Composition& composition, const Task& task, int64_t most_rows,
                  Diagnostics& diagnostics);

}  // namespace leakprobe
