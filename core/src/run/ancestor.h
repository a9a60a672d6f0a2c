#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "compose/composition.h"
#include "evidence/ledger.h"
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

  /// A row that reached a loss there and that is protected here.
  struct Shared {
    int64_t index = 0;                            ///< within its set there
    const ProtectedRows::Owner* owner = nullptr;  ///< the rows here whose role protects it
  };
  /// The first row of an account of its ledger that `guarded` protects behind the account's prefix,
  /// whatever their sets are called. Fresh rows are nobody's secret. Of a very large set the first
  /// kMostRowsCompared are looked at, and `notes` gets a sentence that says so.
  std::optional<Shared> find_protected(const ProtectedRows& guarded,
                                       const LedgerRecord::Account& account,
                                       std::set<std::string>& notes);

  /// Whether a column pushed an account's rows up: as its sign declares or, where that run did not
  /// watch over these rows itself, as was measured.
  bool pushed_up(const LedgerRecord::Column& column, const LedgerRecord::Account& account) const;

  /// Reports at `phase` each set with a row that was pushed up there, or in the runs that it starts
  /// from itself, and that `guarded` protects here. Throws Error where runs start from one another.
  void check_rows(const ProtectedRows& guarded, const ComposedPhase& phase,
                  Diagnostics& diagnostics);

 private:
  /// The folders of the runs that led here.
  using Heirs = std::set<std::filesystem::path>;
  void check_rows(const ProtectedRows& guarded, const ComposedPhase& phase, Heirs heirs,
                  Diagnostics& diagnostics);
  bool is_in_lineage(const std::string& phase) const { return lineage_.count(phase) > 0; }
  const Task& task();

  const WeightsRef origin_;
  const Registry& registry_;
  Composition composition_;
  const LedgerRecord ledger_;
  std::optional<SilentInstances> quiet_;
  std::shared_ptr<const Task> task_;  ///< made where rows are asked for
  std::set<std::string> lineage_;     ///< phases from the first to the origin's
};

}  // namespace leakprobe
