#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "compose/gates.h"
#include "compose/lineage.h"
#include "compose/slots.h"

namespace leakprobe {

/// The keys of a phase that belong to the engine, besides type, optimizer and schedule.
struct PhaseKeys {
  std::string name;
  WeightsRef from;
  bool skip = false;
  std::optional<int64_t> steps;
  std::optional<int64_t> batch;
  Slot<Freezing> freeze;
  Named<GateKeys> gates;
  std::vector<std::string> waive;
  static void declare(Schema<PhaseKeys>& schema);
};

/// What phases take over from the experiment.
struct PhaseDefaults {
  int64_t batch = 0;
  Slot<Optimizer> optimizer;
  Slot<Schedule> schedule;
};

/// The phases of `list`, the value under `phases:`, without skipped ones; `lineage` learns all of
/// them and `resolved` gets them with every default. Without `task` only options are read.
std::vector<ComposedPhase> compose_phases(const Value& list, const PhaseDefaults& defaults,
                                          const TaskFacts* task, Slots& slots, Lineage& lineage,
                                          Value& resolved);

/// What belongs to the engine in every phase.
const Parameters& phase_parameters();
/// JSON Schema of what belongs to the engine in every phase.
Value phase_keys_schema();

}  // namespace leakprobe
