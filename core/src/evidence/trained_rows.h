#pragma once

#include <cstdint>
#include <vector>

#include "compose/columns.h"
#include "compose/composition.h"
#include "leakprobe/rows.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Rows that are compared before a run: what takes a second. Beyond it the check would keep
/// everybody waiting.
inline constexpr int64_t kMostRowsCompared = int64_t{1} << 20;

/// Rows [begin, end) of a fixed set, and who trains on them.
struct TrainedRows {
  struct Use {
    const ComposedPhase* phase;
    const ComposedTerm* term;
    const Source* source;
    Push push;
  };
  RowsOf rows;
  int64_t begin = 0, end = 0;
  std::vector<Use> uses;  ///< in the order of the phases
};

/// All that some loss pushes, each rows once, however many phases and terms take them.
std::vector<TrainedRows> trained_rows(const Composition& composition);

/// Looks for something in rows that are trained on.
class RowsCheck {
 public:
  virtual ~RowsCheck() = default;
  /// Whether it wants to see more of these.
  virtual bool looks_at(const TrainedRows& rows) const = 0;
  virtual void look(const TrainedRows& rows, int64_t index, const Row& row) = 0;
  /// It would look at further ones, and only so many were shown.
  virtual void miss(const TrainedRows& /*rows*/, int64_t /*shown*/) {}
};

/// Shows each of a composition's trained rows to the checks that look at them, as many as
/// kMostRowsCompared in all.
void look_through(const Composition& composition, const Task& task,
                  const std::vector<RowsCheck*>& checks);

}  // namespace leakprobe
