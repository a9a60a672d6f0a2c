#pragma once

#include <string>
#include <vector>

#include "compose/composition.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// What the file says about one gate: exactly one of the three.
struct GateKeys {
  std::optional<double> above, below, within;
  static void declare(Schema<GateKeys>& schema);
};

/// Gives the gates the bounds that `gates:` names and checks the names under `waive:`; `value` is
/// the phase as the file has it. Unknown names are reported.
bool apply_gates(ComposedPhase& phase, const Named<GateKeys>& bounds,
                 const std::vector<std::string>& waived, const Value& value,
                 Diagnostics& diagnostics);

/// The bounds of all gates as `gates:` takes them.
Value gates_value(const std::vector<Measurement>& gates);

}  // namespace leakprobe
