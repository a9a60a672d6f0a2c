#include "evidence/row_counts.h"

#include "compose/probes.h"
#include "compose/sides.h"
#include "evidence/evaluator.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

/// How many rows a side is made of; 0 where its number does not depend on that.
int64_t rows_that_count(const Side& side, const Composition& composition) {
  const ComposedProbe* probe = find_probe(composition.probes, side.measure, side.phase);
  const SetFacts* set = composition.task.facts().find(side.cell.set);
  if (probe == nullptr || set == nullptr) return 0;
  const auto* aggregate = probe->probe.facts().find(measure_of(side.measure).aggregate);
  if (aggregate == nullptr || !aggregate->by_rows) return 0;
  const auto [begin, end] = rows_measured(*probe, side.cell, *set);
  return end - begin;
}

}  // namespace

std::string unequal_rows(const Measurement& claim, const Composition& composition) {
  if (claim.cells.empty()) return "";
  const std::vector<Side> sides = sides_of(claim, claim.cells.front(), composition.task.facts());
  const int64_t own = rows_that_count(sides.front(), composition);
  if (own == 0) return "";
  for (const Side& side : sides) {
    const int64_t other = rows_that_count(side, composition);
    if (other == own || other == 0) continue;
    return "'" + claim.measure + "' depends on the number of rows, and compares " +
           counted(own, "row") + " of '" + sides.front().cell.name() + "' with " +
           counted(other, "row") + " of '" + side.cell.name() +
           "', so that a difference may be of these numbers alone";
  }
  return "";
}

}  // namespace leakprobe
