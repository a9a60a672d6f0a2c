#pragma once

#include <string>
#include <utility>
#include <vector>

#include "by_hand.h"
#include "evidence/evidence.h"

/// Evaluations by hand, of three probes in the phases first and second of `by_hand::composition`.
namespace leakprobe::by_hand {

/// Probes `likelihood` (log-probabilities, the task's chance -2), `rank` (smaller is more leak,
/// with aggregates `best`, smaller, and `spread`, larger) and `area` (either side of chance 0.5).
inline Composition measured_composition(TaskFacts task = every_role()) {
  using Direction = ProbeFacts::Direction;
  ProbeFacts rank;
  rank.log_probability = false;
  rank.unit = "log2 rank";
  rank.direction = Direction::smaller;
  rank.aggregates = {{"best", "rank", Direction::smaller, {}},
                     {"spread", "log2 rank", Direction::larger, 1.0}};
  ProbeFacts area;
  area.log_probability = false;
  area.unit = "AUC";
  area.direction = Direction::either;
  area.chance = 0.5;
  Composition made = composition(std::move(task));
  made.probes = {probe("likelihood", "likelihood", {}), probe("rank", "rank", rank),
                 probe("area", "area", area)};
  return made;
}

/// One evaluation of a cell: at which step, and what was found.
struct Seen {
  int64_t step;
  double value;
  bool regular = true;
  bool end = false;
};

/// Before the first step, and after the last where that is no regular one.
inline Seen at_start(double value) { return {kBeforeFirstStep, value, false, false}; }
inline Seen at_end(double value) { return {9, value, false, true}; }

/// Adds evaluations of one cell; its items are {value, step}, its aggregates the value and twice
/// it.
inline void see(Evidence& evidence, const std::string& probe, const std::string& phase,
                const Cell& cell, const std::vector<Seen>& all) {
  for (const Seen& seen : all) {
    ProbeValue value{cell, seen.value, {seen.value, static_cast<double>(seen.step)}};
    value.aggregates = {seen.value, 2 * seen.value};
    evidence.add({probe, phase, seen.step, seen.regular, seen.end, {value}});
  }
}

}  // namespace leakprobe::by_hand
