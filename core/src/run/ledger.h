#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "data/item_stream.h"
#include "format/json.h"
#include "leakprobe/task.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// The rows that some role protects, by id.
class ProtectedRows {
 public:
  ProtectedRows(const Task& task, const TaskFacts& facts, uint64_t seed);
  /// The set whose role protects this row; nullptr where none does.
  const SetFacts* find(uint64_t id) const;
  size_t size() const { return sets_.size(); }

 private:
  std::unordered_map<uint64_t, const SetFacts*> sets_;
};

/// Finds rows of fixed sets that a composition would make positive targets although they are
/// protected, under whatever set's name they come. An error for each place in the file.
void check_rows(const Composition& composition, const Task& task, Diagnostics& diagnostics);

/// Whether a column in ledger.json declares that its loss pushes text up.
bool declares_positive(const JsonValue& column);

/// What reached a loss: each row, column, sign, prefix, phase and count, with the measured sign of
/// dL/dlogp. A negative gradient pushes the row's text up.
class Ledger {
 public:
  Ledger(const Composition& composition, const Task& task);

  /// Announces a column of a term that is about to be trained; returns its number for `record`.
  size_t open(const ComposedPhase& phase, const ComposedTerm& term, const std::string& column,
              Sign declared);
  /// One row in the present step; `gradient` is dL/dlogp summed over the row's scored tokens,
  /// `net` collects what the same secret got elsewhere in the step.
  void record(size_t column, const RowOrigin& origin, const Row& row, double gradient);
  void end_step(const std::string& phase, int64_t step);
  /// Takes over what another run's losses did to the weights that phase `into` starts from, as
  /// Ancestor::ledger gives it: its steps count as steps of this run.
  void inherit(const std::string& into, const Value& ancestor);

  int64_t steps() const { return steps_; }  ///< with those inherited
  int64_t inherited_steps() const;
  int64_t pushed_up_steps() const { return pushed_up_steps_; }
  size_t protected_rows() const { return protected_.size(); }
  /// The share of steps in which a protected row was pushed up.
  double pushed_up_share() const;

  /// ledger.json; also what `restore` takes.
  Value report() const;
  void restore(const Value& report);

 private:
  struct Account {
    std::string set, role, prefix;
    int64_t rows = 0;
    int64_t pushed_up = 0, pushed_down = 0;
    double gradient = 0;
    std::vector<int64_t> counts;  ///< of each row of a fixed set
    uint64_t digest = 0;          ///< over the ids of fresh rows in their order
  };
  struct Column {
    std::string phase, term, objective, column, sign;
    double weight = 0;
    std::map<std::pair<std::string, std::string>, Account> accounts;  ///< by set and prefix
  };
  struct Net {
    double gradient = 0;
    const SetFacts* set = nullptr;
    std::string prefix;
    size_t column = 0;
  };
  struct Violation {
    std::string phase, term, set, prefix;
    int64_t step = 0;
  };

  const TaskFacts& facts_;
  ProtectedRows protected_;
  std::vector<Column> columns_;
  std::map<std::pair<uint64_t, std::string>, Net> step_;
  int64_t steps_ = 0;
  int64_t pushed_up_steps_ = 0;
  std::optional<Violation> first_;
  struct PhaseCounts {
    std::string phase;
    int64_t steps = 0, pushed_up_steps = 0;
  };
  std::vector<PhaseCounts> phases_;  ///< this run's own, in their order
  std::vector<Value> inherited_;
};

}  // namespace leakprobe
