#pragma once

#include <set>
#include <string>

#include "compose/composition.h"
#include "format/json.h"
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

  /// For Ledger::inherit: {run, phase, steps, pushed_up_steps, columns}, over the phases that led
  /// to the origin's, and what that run inherited itself.
  Value ledger() const;

  /// Reports at `phase` each set with a row that was a positive target there and that `guarded`
  /// protects here.
  void check_rows(const ProtectedRows& guarded, const ComposedPhase& phase,
                  Diagnostics& diagnostics) const;

 private:
  bool is_in_lineage(const JsonValue& entry) const;

  const Origin origin_;
  const Registry& registry_;
  Composition composition_;
  JsonValue ledger_;
  std::set<std::string> lineage_;  ///< phases from the first to the origin's
};

}  // namespace leakprobe
