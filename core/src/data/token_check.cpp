#include "data/token_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "data/item_stream.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

/// Of a set without size: each is drawn anew, so that a few say as much as many.
constexpr int64_t kFreshRows = 16;

class TokenCheck {
 public:
  TokenCheck(const Composition& composition, const Task& task, int64_t most_rows,
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
    for (int64_t i = begin; i < end; ++i) {
      const Row row = set_row(task_, facts_, rows, i, composition_.seed);
      for (const int64_t token : row.tokens) {
        if (token >= 0 && token < vocabulary()) continue;
        if (!reported_.insert({path, rows.name()}).second) return;  // behind another prefix
        diagnostics_.error(
            place, path,
            "row " + std::to_string(i) + " of set '" + rows.name() + "' holds token " +
                std::to_string(token) + ", and the model knows " + counted(vocabulary(), "token") +
                (vocabulary() == 1 ? ", 0" : ", 0 to " + std::to_string(vocabulary() - 1)),
            composition_.model.resolved.empty() ? "give the model a vocab_size that covers the rows"
                                                : "rows and model must have one tokenizer");
        return;
      }
    }
  }

 private:
  int64_t vocabulary() const { return composition_.model.vocab_size; }

  const Composition& composition_;
  const TaskFacts& facts_;
  const Task& task_;
  const int64_t most_rows_;
  Diagnostics& diagnostics_;
  std::set<std::tuple<std::string, std::string, int64_t, int64_t>> checked_;
  std::set<std::pair<std::string, std::string>> reported_;
};

}  // namespace

void check_tokens(const Composition& composition, const Task& task, int64_t most_rows,
                  Diagnostics& diagnostics) {
  if (composition.model.vocab_size == 0) return;  // the model is missing
  TokenCheck tokens(composition, task, most_rows, diagnostics);
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      for (const StreamColumn& column : term.term.stream.columns) {
        for (const Source& source : column.sources) {
          tokens.check(source, source.items, most_rows, source.place, term.path);
        }
      }
    }
  }
  for (const ComposedProbe& probe : composition.probes) {
    for (const Cell& cell : probe.cells) {
      tokens.check(cell, cell.items, probe.rows, probe.place, probe.path);
    }
  }
}

}  // namespace leakprobe
