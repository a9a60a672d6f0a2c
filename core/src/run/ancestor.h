#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "compose/composition.h"
#include "format/json.h"
#include "host/quiet_run.h"
#include "plugin/registry.h"
#include "run/ledger.h"

namespace leakprobe {

/// Another run as far as it made the weights that a phase of this one starts from: `from: {run:
/// DIR, phase: NAME}`. What its losses did to them counts here, too.
class Ancestor {
 public:
  /// Reads that run's config.yaml and ledger.json. Throws Error where it has none, or has no such
  /// phase.
  Ancestor(const Origin& origin, const Registry& registry);

  /// For Ledger::inherit: {run, digest, seed, phase, steps, pushed_up_steps, columns, inherited},
  /// over the phases that led to the origin's, and what that run inherited itself.
  Value ledger() const;
  /// Throws Error where this is not the run of which `inherited`, an entry of that kind, tells.
  void require(const JsonValue& inherited) const;

  /// A row that reached a loss there and that is protected here.
  struct Shared {
    int64_t index = 0;                            ///< within its set there
    const ProtectedRows::Owner* owner = nullptr;  ///< the rows here whose role protects it
  };
  /// The first row of an account of its ledger that `guarded` protects behind the account's prefix,
  /// whatever their sets are called. Fresh rows are nobody's secret.
  std::optional<Shared> find_protected(const ProtectedRows& guarded, const JsonValue& account);

  /// Whether a column pushed an account's rows up: as its sign declares or, where that run did not
  /// watch over these rows itself, as was measured.
  bool pushed_up(const JsonValue& column, const JsonValue& account) const;

  /// Reports at `phase` each set with a row that was pushed up there, or in the runs that it starts
  /// from itself, and that `guarded` protects here.
  void check_rows(const ProtectedRows& guarded, const ComposedPhase& phase,
                  Diagnostics& diagnostics);

 private:
  bool is_in_lineage(const JsonValue& entry) const;
  const Task& task();

  const Origin origin_;
  const Registry& registry_;
  Composition composition_;
  JsonValue ledger_;
  std::optional<QuietRun> quiet_;
  std::shared_ptr<const Task> task_;  ///< made where rows are asked for
  std::set<std::string> lineage_;     ///< phases from the first to the origin's
};

}  // namespace leakprobe
