#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "data/item_source.h"
#include "evidence/watched_rows.h"
#include "leakprobe/task.h"
#include "leakprobe/value.h"
#include "records/ledger_record.h"

namespace leakprobe {

/// Whether the composition's roles forbid to push up the rows of `account`, one of the sets of
/// `column`, going by their names.
bool forbids_positive(const Composition& composition, const LedgerRecord::Column& column,
                      const LedgerRecord::Account& account);

/// What reached a loss: each row, column, sign, prefix, phase and count, with the measured sign of
/// dL/dlogp. A negative gradient pushes the row's text up.
class Ledger {
 public:
  /// The composition outlives the object.
  Ledger(const Composition& composition, std::shared_ptr<const WatchedRows> watched);

  /// Announces a column of a term that is about to be trained; returns its number for `record`.
  size_t open(const ComposedPhase& phase, const ComposedTerm& term, const std::string& column,
              Sign declared);
  /// One row in the present step; `gradients` are dL/dlogp of its scored tokens. What a protected
  /// secret within it gets is added to what the same one got elsewhere in the step. What stands in
  /// the text of a fresh row, or one that the policy made, in other tokens is noted: before a run
  /// nobody can look for it.
  void record(size_t column, const RowOrigin& origin, const Row& row,
              std::span<const double> gradients);
  void end_step(const std::string& phase, int64_t step);
  /// Takes over what another run's losses did to the weights that a phase starts from: its steps
  /// count as steps of this run.
  void inherit(LedgerRecord::Inherited ancestor);
  /// Keeps what is to be said behind the proof, a sentence without its end, once.
  void note(const std::string& sentence);

  int64_t steps() const { return steps_; }  ///< with those inherited
  int64_t inherited_steps() const;
  /// What is to be said behind the proof: what is not known of the weights that were inherited, and
  /// what was noted, as sentences without their end.
  std::vector<std::string> uncompared() const;
  int64_t pushed_up_steps() const { return pushed_up_steps_; }
  const WatchedRows& watched() const { return *watched_; }
  const ProtectedRows& guarded() const { return watched_->guarded; }
  /// How often a protected row reached a loss of this run where its role forbids to push it up.
  int64_t protected_uses() const { return protected_uses_; }
  /// Whether any of these was one of the cell's rows: under their own name, or under another one,
  /// where nobody knows whose rows were used.
  bool may_have_used(const Cell& cell) const;
  const LedgerRecord::ControlUses& control() const { return control_; }
  /// The share of steps in which a protected row was pushed up.
  double pushed_up_share() const;

  LedgerRecord report() const;
  /// Goes on from what `report` gave. Throws Error where it is of other sets.
  void restore(const LedgerRecord& report);

 private:
  struct Column {
    LedgerRecord::Column facts;  ///< without sets
    /// Its sets by name and prefix.
    std::map<std::pair<std::string, std::string>, LedgerRecord::Account> accounts;
  };
  struct Net {
    double gradient = 0;
    std::string set;  ///< of the secret
    size_t column = 0;
    std::string prefix;  ///< of the last row that held it
  };
  /// Notes watched secrets that stand in a row's text in other tokens than their own.
  void note_hidden(const Row& row, const std::string& prefix, const std::string& phase,
                   double gradient);
  /// Of the row's `tokens`, as far as they are scored.
  static double gradient_of(Span tokens, const Row& row, std::span<const double> gradients);
  void require_own(const LedgerRecord::Account& account) const;

  const Composition& composition_;
  const TaskFacts& facts_;
  const std::shared_ptr<const WatchedRows> watched_;
  LedgerRecord::ControlUses control_;
  std::vector<Column> columns_;
  std::map<std::pair<uint64_t, uint64_t>, Net> step_;  ///< by secret and what stands before it
  int64_t steps_ = 0;
  int64_t pushed_up_steps_ = 0;
  int64_t protected_uses_ = 0;
  std::optional<LedgerRecord::Violation> first_;
  std::vector<LedgerRecord::PhaseCounts> phases_;  ///< this run's own, in their order
  std::vector<LedgerRecord::Inherited> inherited_;
  std::vector<std::string> notes_;
};

}  // namespace leakprobe
