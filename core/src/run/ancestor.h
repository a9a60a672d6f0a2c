#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "evidence/watched_rows.h"
#include "instances/silent_instances.h"
#include "plugin/registry.h"
#include "records/ledger_record.h"

namespace leakprobe {

/// Another run as far as it made the weights that a phase of this one starts from: `from: {run:
/// DIR, phase: NAME}`. What its losses did to them counts here, too.
class Ancestor {
 public:
  /// Reads that run's config.yaml and ledger.json. Throws Error where it has none, has no such
  /// phase, is not complete or was altered since.
  Ancestor(const WeightsRef& origin, const Registry& registry);

  /// For Ledger::inherit: what the phases that led to the origin's did, and what that run inherited
  /// itself. Phase `into` starts from it.
  LedgerRecord::Inherited inherited(const std::string& into) const;
  /// Throws Error where this is not the run of which `inherited` tells.
  void require(const LedgerRecord::Inherited& inherited) const;
  /// Throws Error where token ids stand for something else in a run with this tokenizer, nullptr =
  /// none: rows of both cannot be compared then.
  void require_tokens_of(const Tokenizer* heir);

  /// A row that reached a loss there and that is protected here.
  struct Shared {
    int64_t index = 0;                            ///< within its set there
    const ProtectedRows::Owner* owner = nullptr;  ///< the rows here whose role protects it
  };
  /// The first row of an account of its ledger, one of the sets of `column`, that `guarded`
  /// protects behind the account's prefix, whatever their sets are called. Fresh rows and those
  /// that the policy made are looked at where that run did not watch for all that is protected
  /// here. Where rows are not compared, `notes` gets a sentence that says so: of a very large set
  /// or stream those behind the first kMostRowsCompared, and those that the policy made, which a
  /// ledger does not keep, if they were pushed up.
  std::optional<Shared> find_protected(const ProtectedRows& guarded,
                                       const LedgerRecord::Column& column,
                                       const LedgerRecord::Account& account,
                                       std::set<std::string>& notes);

  /// Whether a column pushed an account's rows up: as its sign declares or, where that run did not
  /// watch over these rows itself, as was measured.
  bool pushed_up(const LedgerRecord::Column& column, const LedgerRecord::Account& account) const;

  /// What was trained on there, or in the runs that it starts from itself, beside what is protected
  /// and what is the control here, as sentences.
  struct Comparison {
    std::vector<std::string> shared;   ///< a set with a row that is protected and was pushed up
    std::vector<std::string> control;  ///< a set with a row of the control that was pushed
    /// Rows of which nobody knows, see find_protected, and what else speaks against the weights.
    std::set<std::string> uncompared;
  };
  Comparison compare(const WatchedRows& watched);

 private:
  void compare(const WatchedRows& watched, Comparison& comparison);
  /// Adds to `comparison` whether losses had rows of the control in this account.
  void compare_control(const ControlRows& control, const LedgerRecord::Column& column,
                       const LedgerRecord::Account& account, Comparison& comparison);
  /// The set of an account's rows; nullptr where the task has none of the name.
  const SetFacts* set_of(const LedgerRecord::Account& account) const;
  /// Gives `take` the rows of an account, one of a set that the task has, with their numbers until
  /// it returns true; fresh ones are made again. False where some were left out.
  bool each_row(const LedgerRecord::Column& column, const LedgerRecord::Account& account,
                const std::function<bool(int64_t index, const Row& row)>& take);
  /// What is to be said where rows were left out, that were to be compared `with` some.
  std::string left_out(const LedgerRecord::Column& column, const LedgerRecord::Account& account,
                       const std::string& with) const;
  /// Steps that its ledger counts of a phase.
  int64_t steps_of(const std::string& phase) const;
  /// Whether its ledger would tell if one of the rows that `guarded` protects had been pushed up,
  /// whoever made it.
  bool watched(const ProtectedRows& guarded, const std::string& phase, const std::string& prefix);
  bool is_in_lineage(const std::string& phase) const { return lineage_.count(phase) > 0; }
  /// Whether its ledger counted what its losses did to all rows of the control here.
  bool counted(const ControlRows& control);
  const Task& task();
  const WatchedRows& own();
  SilentInstances& quiet();

  const WeightsRef origin_;
  const Registry& registry_;
  Composition composition_;
  const LedgerRecord ledger_;
  std::optional<SilentInstances> quiet_;
  std::shared_ptr<const Task> task_;    ///< made where rows are asked for
  std::optional<WatchedRows> watched_;  ///< its own, made where they are asked for
  std::set<std::string> lineage_;       ///< phases from the first to the origin's
};

}  // namespace leakprobe
