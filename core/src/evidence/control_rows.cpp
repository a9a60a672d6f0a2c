#include "evidence/control_rows.h"

#include <algorithm>
#include <utility>

#include "data/item_stream.h"
#include "evidence/evaluator.h"

namespace leakprobe {
namespace {

/// Rows of the control behind one prefix: those of several probes may be the same.
struct Measured {
  RowsOf rows;
  std::vector<std::pair<int64_t, int64_t>> ranges;  ///< ascending
};

std::vector<Measured> rows_of_control(const Composition& composition) {
  const TaskFacts& facts = composition.task.facts();
  std::vector<Measured> all;
  for (const ComposedProbe& probe : composition.probes) {
    for (const Cell& cell : probe.cells) {
      const SetFacts* set = facts.find(cell.set);
      if (set == nullptr || !set->is_control()) continue;
      const RowsOf& rows = cell;
      auto known = std::ranges::find(all, rows, &Measured::rows);
      if (known == all.end()) known = all.insert(all.end(), {rows, {}});
      known->ranges.push_back(rows_measured(probe, cell, *set));
    }
  }
  for (Measured& measured : all) std::ranges::sort(measured.ranges);
  return all;
}

}  // namespace

ControlRows::ControlRows(const Composition& composition, const Task& task, const Seen& seen) {
  for (const Measured& measured : rows_of_control(composition)) {
    int64_t next = 0;
    for (const auto& [begin, end] : measured.ranges) {
      for (next = std::max(next, begin); next < end; ++next) {
        const Row row =
            set_row(task, composition.task.facts(), measured.rows, next, composition.seed);
        if (row.secret.begin == row.secret.end) continue;
        by_id_.emplace(row.id(), next);
        lengths_.add(row);
        if (seen) seen(next, row);
      }
    }
  }
}

bool ControlRows::covers(const ControlRows& others) const {
  return std::ranges::all_of(others.by_id_,
                             [&](const auto& row) { return find(row.first) != nullptr; });
}

const int64_t* ControlRows::find(uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

std::vector<Span> ControlRows::within(const Row& row) const {
  std::vector<Span> all;
  lengths_.each(row, [&](const Span& tokens, uint64_t id) {
    if (find(id) != nullptr) all.push_back(tokens);
  });
  return all;
}

}  // namespace leakprobe
