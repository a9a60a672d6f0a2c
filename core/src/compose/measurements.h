#pragma once

#include <string>
#include <vector>

#include "compose/composition.h"
#include "compose/lineage.h"
#include "compose/probes.h"
#include "compose/slots.h"

namespace leakprobe {

/// What a measurement is checked against, and the probes that are to make it.
struct MeasurementContext {
  const TaskFacts& task;
  const std::vector<ComposedPhase>& phases;
  const Lineage& lineage;
  Slots& slots;
  std::vector<ComposedProbe>& probes;
  /// False where some of the file's probes are missing here because they were wrong.
  bool probes_known = true;
};

/// Where a measurement is spoken of in the file: the mapping of a claim, or that of a gate's phase.
struct MeasurementPlace {
  const Value& value;
  std::string path;
};

/// Gives the probes the cells that a claim or gate is read from, and adds a probe that measures at
/// the ends of phases where none of the kind is there. Reports what cannot be measured at `at`.
bool provide_for(const Measurement& measurement, const MeasurementPlace& at,
                 const MeasurementContext& context);

/// The same for all gates of all phases; what a plugin planned wrongly is reported with its name. A
/// gate that compares with a control or a chance level that the task does not have, or holds the
/// control to a chance that it cannot have, is marked as not applicable.
bool provide_for_gates(std::vector<ComposedPhase>& phases, const MeasurementContext& context);

/// Gives each probe that compares with the control the control's rows behind the prefixes of all
/// its cells; comes after all claims and gates. Reports a probe that has no such rows.
void provide_controls(const MeasurementContext& context);

}  // namespace leakprobe
