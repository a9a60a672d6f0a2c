#pragma once

#include <string>
#include <vector>

#include "leakprobe/measure.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Where one side of a measurement is read, and whether it is added or taken off.
struct Side {
  std::string measure;
  std::string phase;
  Cell cell;
  Endpoint at = Endpoint::end;
  int sign = 1;
};

/// Everything that `measurement` takes off its cells, in order; without `nothing`.
std::vector<Minus> taken_off(const Measurement& measurement);

/// The sides of a measurement at `cell`, the cell's own first. What is taken off is the same
/// measurement with some keys changed, and of several things each is taken off all sides before it:
/// minus [control, {phase: other}] has (set - control) - (set in other - control in other). The
/// task has a control for `cell` wherever one is asked for. Chance is a level, and no side.
std::vector<Side> sides_of(const Measurement& measurement, const Cell& cell, const TaskFacts& task);

/// Why these cannot be taken off one after the other, as part of a sentence: "two of them change
/// the phase"; "" where they can.
std::string fault_of(const std::vector<Minus>& minus);

}  // namespace leakprobe
