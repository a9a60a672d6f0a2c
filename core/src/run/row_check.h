#pragma once

#include <cstdint>

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Rows of each set that `validate` and a run look at, against endless ones.
inline constexpr int64_t kRowsValidated = 10'000;
inline constexpr int64_t kRowsOfARun = 4'000'000;

/// Draws the rows of the streams and probes, `most_rows` of each fixed set and a few of a set
/// without size, so that a row that its guard refuses (a token that the model does not know, say)
/// is found before anything is trained: the first of each set, at each place in the file.
void check_drawn_rows(const Composition& composition, const Task& task, int64_t most_rows,
                      Diagnostics& diagnostics);

}  // namespace leakprobe
