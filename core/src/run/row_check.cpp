#include "run/row_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "data/item_stream.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// Of a set without size: each is drawn anew, so that a few say as much as many.
constexpr int64_t kFreshRows = 16;

class RowCheck {
 public:
  RowCheck(const Composition& composition, const Task& task, int64_t most_rows,
           Diagnostics& diagnostics)
      : composition_(composition),
        facts_(composition.task.facts()),
        task_(task),
        most_rows_(most_rows),
        diagnostics_(diagnostics) {}

  /// Rows `part` of a set, or all of them, as far as there are `most`.
  void check(const RowsOf& rows, const std::optional<std::array<int64_t, 2>>& part, int64_t most,
             const Place& place, const std::string& path) {
    const SetFacts* set = facts_.find(rows.set);
    if (set == nullptr) return;
    const int64_t begin = part ? (*part)[0] : 0;
    const int64_t size = part ? (*part)[1] - begin : set->size.value_or(kFreshRows);
    const int64_t end = begin + std::min({size, most, most_rows_});
    if (!checked_.insert({rows.name(), rows.prefix, begin, end}).second) return;
    try {
      for (int64_t i = begin; i < end; ++i) set_row(task_, facts_, rows, i, composition_.seed);
    } catch (const Error& refused) {
      // Behind another prefix it would be the same row again.
      if (reported_.insert({path, rows.name()}).second) {
        diagnostics_.error(place, path, refused.what());
      }
    }
  }

 private:
  const Composition& composition_;
  const TaskFacts& facts_;
  const Task& task_;
  const int64_t most_rows_;
  Diagnostics& diagnostics_;
  std::set<std::tuple<std::string, std::string, int64_t, int64_t>> checked_;
  std::set<std::pair<std::string, std::string>> reported_;
};

}  // namespace

void check_drawn_rows(const Composition& composition, const Task& task, int64_t most_rows,
                      Diagnostics& diagnostics) {
  RowCheck rows(composition, task, most_rows, diagnostics);
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      for (const StreamColumn& column : term.term.stream.columns) {
        for (const Source& source : column.sources) {
          rows.check(source, source.items, most_rows, source.place, term.path);
        }
      }
    }
  }
  for (const ComposedProbe& probe : composition.probes) {
    for (const Cell& cell : probe.cells) {
      rows.check(cell, cell.items, probe.rows, probe.place, probe.path);
    }
  }
}

}  // namespace leakprobe
