#pragma once

#include <cstdint>
#include <vector>

#include "leakprobe/rows.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"
#include "leakprobe/tensors.h"

namespace leakprobe {

/// The set of rows that the policy made, in records and messages; no task can call one so.
inline constexpr const char* kSampled = "(sampled)";

/// Where a row of a stream comes from.
struct RowOrigin {
  const Source* source = nullptr;
  const SetFacts* set = nullptr;  ///< nullptr: the policy made the row
  /// Within the set; for sets without size, and of rows that the policy made, a running number.
  int64_t index = 0;

  bool is_sampled() const { return set == nullptr; }
};

/// One column of a step's items.
struct DrawnColumn {
  std::vector<Row> rows;
  std::vector<RowOrigin> origins;  ///< of each row
  /// Of rollouts that come again: the log-probabilities of each row's scored tokens under the
  /// policy when they were made, and under the reference where there is one. Empty where rows are
  /// new.
  std::vector<std::vector<float>> old = {};
  std::vector<std::vector<float>> reference = {};
};

/// Where the items of a term come from, step by step.
class ItemSource {
 public:
  virtual ~ItemSource() = default;

  /// The items of `step`: those of the stream's columns that are asked for, in their order.
  virtual std::vector<DrawnColumn> draw(int64_t step, const std::vector<size_t>& columns) = 0;

  /// All that later draws depend on besides the step; saved with the run and given back.
  virtual NamedTensors state() const { return {}; }
  virtual void restore(const NamedTensors& /*state*/) {}
};

}  // namespace leakprobe
