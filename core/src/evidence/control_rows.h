#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "compose/composition.h"
#include "evidence/secret_lengths.h"
#include "leakprobe/rows.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The rows of the control that some probe measures, by id. Claims compare with them as with what
/// was never trained, whatever set's name the same secret comes under elsewhere.
class ControlRows {
 public:
  /// Gets each row and its number within the control.
  using Seen = std::function<void(int64_t index, const Row& row)>;

  /// Asks the task for each row once behind each prefix, however many probes measure it.
  ControlRows(const Composition& composition, const Task& task, const Seen& seen = {});

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

}  // namespace leakprobe
