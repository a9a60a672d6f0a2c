#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "data/item_source.h"
#include "leakprobe/rows.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The items of one term in one phase, from sets of the task. What item k is depends on the stream
/// alone, so phases that share a stream see the same items; only the order is the phase's own.
class ItemStream final : public ItemSource {
 public:
  /// `label` is the phase and term, such as "elicit/useful". The arguments outlive the object.
  ItemStream(const ComposedTerm& term, std::string label, const Task& task, const TaskFacts& facts,
             uint64_t seed);

  const std::vector<StreamColumn>& columns() const { return term_.term.stream.columns; }
  int64_t steps_per_pass() const { return (term_.items + term_.batch - 1) / term_.batch; }

  /// The content indices of the items of `step`; the last batch of a pass may be smaller. Passes
  /// beyond the first go through the same items in a new order. At most the first `most` of them.
  std::vector<int64_t> batch(int64_t step, int64_t most = std::numeric_limits<int64_t>::max());

  std::vector<DrawnColumn> draw(int64_t step, const std::vector<size_t>& columns) override;

  /// Where the row of content index `item` in column `column` comes from.
  RowOrigin origin(size_t column, int64_t item) const;
  Row row(size_t column, int64_t item) const;

 private:
  /// A column's sources laid end to end.
  struct Part {
    const Source* source;
    const SetFacts* set;
    int64_t first;   ///< index within the set
    int64_t size;    ///< different items; 0 = fresh ones without end
    int64_t length;  ///< items with copies
  };
  struct Layout {
    std::vector<Part> parts;
    int64_t period = 0;  ///< length of all parts together; 0 where it has no end
  };
  const std::vector<int64_t>& order(int64_t pass);

  const ComposedTerm& term_;
  std::string label_;
  const Task& task_;
  uint64_t seed_;
  std::vector<Layout> layouts_;
  std::vector<RandomStream> fresh_;
  bool shuffled_ = false;
  int64_t ordered_pass_ = -1;
  std::vector<int64_t> order_;
};

/// Row `index` of some rows outside any stream, as probes use it.
Row set_row(const Task& task, const TaskFacts& facts, const RowsOf& rows, int64_t index,
            uint64_t seed);

}  // namespace leakprobe
