#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "compose/composition.h"
#include "evidence/secret_lengths.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/rows.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The rows of the control that some probe measures, by id. Claims compare with them as with what
/// was never trained, whatever set's name the same secret comes under elsewhere.
class ControlRows {
 public:
  ControlRows(const Composition& composition, const Task& task);

  bool empty() const { return by_id_.empty(); }
  /// Whether all of the others are among these.
  bool covers(const ControlRows& others) const;
  /// The number within the control of the row with this secret; nullptr where it is none of them.
  const int64_t* find(uint64_t id) const;
  /// Where a row holds such secrets of which a loss sees a token.
  std::vector<Span> within(const Row& row) const;

 private:
  std::unordered_map<uint64_t, int64_t> by_id_;
  SecretLengths lengths_;
};

/// Finds rows of fixed sets that a composition would train on although they are also in the
/// control: an error for each such set. Fresh rows, and those that the policy makes, the ledger
/// finds in training.
void check_control(const Composition& composition, const Task& task, Diagnostics& diagnostics);

}  // namespace leakprobe
