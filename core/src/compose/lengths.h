#pragma once

#include <cstdint>
#include <optional>

#include "leakprobe/stream.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// It bounds every size that a file may give, so that their products fit in 64 bits.
inline constexpr int64_t kMostItems = int64_t{1} << 40;

/// The most items of which a number each is held in memory: those of a batch, or of a stream that
/// is shuffled (8 GiB).
inline constexpr int64_t kMostHeldItems = int64_t{1} << 30;

/// Items of the column; nothing where it is as long as the phase needs (no source has `repeat` or
/// `count`). Its sources have been checked.
std::optional<int64_t> finite_length(const StreamColumn& column, const TaskFacts& task);

/// The same of a stream: the common length of its finite columns; of a rollout the rows of all
/// groups that its planted rows fill.
std::optional<int64_t> finite_length(const Stream& stream, const TaskFacts& task);

/// Items of a stream without an end until each column has given all rows that its sets have; 0
/// where all of them are fresh.
int64_t period_of(const Stream& stream, const TaskFacts& task);

/// Reports columns whose sources cannot be laid end to end and columns of different lengths.
bool check_lengths(const Stream& stream, const TaskFacts& task, Diagnostics& diagnostics);

}  // namespace leakprobe
