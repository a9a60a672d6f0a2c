#pragma once

#include <string>

#include "compose/measurements.h"

/// Gates as a phase plugin plans them, before the engine measures anything for them.
namespace leakprobe {

/// What is wrong with `gate` of the plan of `phase`, such as "gate 'low' measures nothing"; ""
/// where nothing is. Takes the names of its cells apart.
std::string fault_of_gate(Measurement& gate, const ComposedPhase& phase,
                          const MeasurementContext& context);

/// Why `gate`, which holds the control to chance, cannot be met: the phase or one before it in its
/// lineage trains on rows of a set with a size that is drawn as the control is. A model that learns
/// some of a distribution by heart gives the rest of it less than chance. "" where there is no such
/// phase, or the gate is another.
std::string kept_from_chance(const Measurement& gate, const ComposedPhase& phase,
                             const MeasurementContext& context);

}  // namespace leakprobe
