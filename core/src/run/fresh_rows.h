#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "compose/composition.h"
#include "leakprobe/rows.h"
#include "leakprobe/task.h"
#include "records/ledger_record.h"

namespace leakprobe {

/// The rows of a set without size that a term of a phase trained on. What the n-th is depends on
/// the stream and n alone, so that they can be made again.
struct FreshRows {
  const ComposedPhase& phase;
  const ComposedTerm& term;
  const Task& task;
  const TaskFacts& facts;
  uint64_t seed = 0;

  /// Gives `take` each row of one account of a column, which the ledger calls by `column`, with its
  /// number, until it returns true. Looks at the items of the first `steps` steps, but at no more
  /// than `most`; returns whether these were all, or `take` wanted no more.
  bool each(const std::string& column, const LedgerRecord::Account& account, int64_t steps,
            int64_t most, const std::function<bool(int64_t index, const Row& row)>& take) const;
};

}  // namespace leakprobe
