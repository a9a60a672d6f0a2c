#include "compose/plan_gates.h"

#include <algorithm>
#include <cmath>

#include "compose/cells.h"
#include "compose/sides.h"
#include "compose/words.h"

namespace leakprobe {
namespace {

const ComposedPhase* find_phase(const std::vector<ComposedPhase>& phases, const std::string& name) {
  const auto at = std::find_if(phases.begin(), phases.end(),
                               [&](const ComposedPhase& phase) { return phase.name == name; });
  return at == phases.end() ? nullptr : &*at;
}

/// The phase of this run that `phase` starts from; nullptr where it starts from elsewhere.
const ComposedPhase* before(const ComposedPhase& phase, const std::vector<ComposedPhase>& phases) {
  return phase.from.run.empty() ? find_phase(phases, phase.from.phase) : nullptr;
}

std::string fault_of_cell(Cell& cell, const TaskFacts& task) {
  std::string fault = take_apart(cell, task);
  if (!fault.empty() || !cell.items) return fault;
  return fault_of_part(*cell.items, task.at(cell.set)).what;
}

/// Where a gate reads a metric of a term's steps.
std::string fault_of_metric(const Measurement& gate, const ComposedPhase& phase) {
  if (!gate.cells.empty()) return "reads a metric of the term '" + gate.term + "', and cells too";
  if (!taken_off(gate).empty()) return "takes something off a metric of steps";
  const auto term =
      std::find_if(phase.terms.begin(), phase.terms.end(),
                   [&](const ComposedTerm& each) { return each.term.name == gate.term; });
  if (term == phase.terms.end()) {
    return "reads a term '" + gate.term + "' that the phase does not have";
  }
  if (gate.at == Endpoint::maximum) return "reads a metric of steps at its maximum";
  const bool of_rollouts =
      term->term.stream.rollout && std::ranges::count(kRolloutMetrics, gate.measure) > 0;
  if (!of_rollouts && !contains(term->term.objective.facts().metrics, gate.measure)) {
    return "reads '" + gate.measure + "', which objective " + term->term.objective->type +
           " does not report";
  }
  return "";
}

std::string fault_of_probe(const std::string& measure, const std::string& phase,
                           const MeasurementContext& context) {
  // A probe that is missing because it was wrong has been reported where it stands.
  if (!context.probes_known || find_probe(context.probes, measure, phase) != nullptr ||
      context.slots.registry().find(Kind::probe, measure_of(measure).probe) != nullptr) {
    return "";
  }
  return "reads the probe " + Value(measure).describe() + ", which there is not";
}

std::string fault_of_minus(Minus& minus, const Measurement& gate,
                           const MeasurementContext& context) {
  if (minus.kind != Minus::Kind::other) return "";
  Cell other = minus.rows.value_or(gate.cells.front());
  if (minus.prefix) other.prefix = *minus.prefix;
  if (const std::string fault = fault_of_cell(other, context.task); !fault.empty()) {
    return "takes off rows that are not there: " + fault;
  }
  if (minus.rows) minus.rows = other;
  const std::string& phase = minus.phase.value_or(gate.phase);
  if (find_phase(context.phases, phase) == nullptr) {
    return "reads the phase " + Value(phase).describe() + ", which is not run";
  }
  return fault_of_probe(minus.measure.value_or(gate.measure), phase, context);
}

std::string fault_of_sides(Measurement& gate, const MeasurementContext& context) {
  for (Cell& cell : gate.cells) {
    const std::string fault = fault_of_cell(cell, context.task);
    if (!fault.empty()) return "measures rows that are not there: " + fault;
  }
  if (std::string fault = fault_of_probe(gate.measure, gate.phase, context); !fault.empty()) {
    return fault;
  }
  if (const std::string fault = fault_of(taken_off(gate)); !fault.empty()) {
    return "takes several things off: " + fault;
  }
  for (Minus& minus : gate.then) {
    if (std::string fault = fault_of_minus(minus, gate, context); !fault.empty()) return fault;
  }
  return fault_of_minus(gate.minus, gate, context);
}

}  // namespace

std::string fault_of_gate(Measurement& gate, const ComposedPhase& phase,
                          const MeasurementContext& context) {
  if (gate.name.empty()) return "a gate has no name";
  const std::string who = "gate '" + gate.name + "' ";
  const auto same_name = [&](const Measurement& each) { return each.name == gate.name; };
  if (std::count_if(phase.gates.begin(), phase.gates.end(), same_name) > 1) {
    return who + "is there twice";
  }
  if (gate.not_applicable) return "";
  if (!gate.bound || !std::isfinite(gate.bound->value)) return who + "has no finite bound";
  if (gate.term.empty() && gate.cells.empty()) {
    return who + "measures nothing and does not say why it does not apply";
  }
  const std::string fault =
      gate.term.empty() ? fault_of_sides(gate, context) : fault_of_metric(gate, phase);
  return fault.empty() ? "" : who + fault;
}

std::string kept_from_chance(const Measurement& gate, const ComposedPhase& phase,
                             const MeasurementContext& context) {
  const SetFacts* control = context.task.control();
  if (gate.minus.kind != Minus::Kind::chance || control == nullptr) return "";
  for (const Cell& cell : gate.cells) {
    if (cell.set != control->name) return "";
  }
  for (const ComposedPhase* at = &phase; at != nullptr; at = before(*at, context.phases)) {
    for (const ComposedTerm& term : at->terms) {
      if (term.term.weight == 0) continue;
      for (const StreamColumn& column : term.term.stream.columns) {
        for (const Source& source : column.sources) {
          const SetFacts& set = context.task.at(source.set);
          if (!set.size || set.distribution.empty() || set.distribution != control->distribution) {
            continue;
          }
          return "phase '" + at->name + "' can learn the rows of set '" + set.name +
                 "' by heart, which takes others drawn like them below chance";
        }
      }
    }
  }
  return "";
}

}  // namespace leakprobe
