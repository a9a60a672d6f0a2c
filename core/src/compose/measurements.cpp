#include "compose/measurements.h"

#include <algorithm>

namespace leakprobe {
namespace {

/// One side of a measurement: where it is read.
struct Reading {
  std::string measure;
  std::string phase;
  Cell cell;
  Endpoint at = Endpoint::end;
};

ComposedProbe* by_name(std::vector<ComposedProbe>& probes, const std::string& name) {
  const auto at = std::find_if(probes.begin(), probes.end(),
                               [&](const ComposedProbe& probe) { return probe.name == name; });
  return at == probes.end() ? nullptr : &*at;
}

/// A probe of plugin `type` that measures at the ends of `phase`, added or made to cover it too.
ComposedProbe* add_probe(const std::string& type, const std::string& phase,
                         const MeasurementPlace& at, const MeasurementContext& context) {
  std::string name = type;
  // The file may have one of this name for other phases.
  while (ComposedProbe* taken = by_name(context.probes, name)) {
    if (taken->added) {
      taken->phases.push_back(phase);
      return taken;
    }
    name += "_ends";
  }
  ComposedProbe probe;
  probe.name = name;
  probe.path = at.path;
  probe.place = at.value.place;
  probe.rows = ProbeKeys().rows;
  probe.phases = {phase};
  probe.added = true;
  probe.probe = Slot<Probe>(
      context.slots.choose_default(Kind::probe, type, at.path, at.value.place, context.slots));
  if (!probe.probe) return nullptr;
  context.probes.push_back(std::move(probe));
  return &context.probes.back();
}

/// Reports at `key` of the measurement, or at the whole where the file does not say it.
void report(const MeasurementPlace& at, const char* key, Diagnostics& diagnostics,
            std::string message, std::string hint) {
  const Value* said = at.value.find(key);
  diagnostics.error(said != nullptr ? said->place : at.value.place,
                    said != nullptr ? child_path(at.path, key) : at.path, std::move(message),
                    std::move(hint));
}

/// The probe to read from, added where there is none; nullptr where that was reported.
ComposedProbe* probe_for(const Reading& reading, const MeasurementPlace& at,
                         const MeasurementContext& context) {
  if (ComposedProbe* found = find_probe(context.probes, reading.measure, reading.phase)) {
    return found;
  }
  Diagnostics& diagnostics = context.slots.diagnostics();
  const std::string name = Value(reading.measure).describe();
  if (context.slots.registry().find(Kind::probe, reading.measure) == nullptr) {
    if (by_name(context.probes, reading.measure) != nullptr) {
      diagnostics.error(
          at.value.place, at.path,
          "probe " + name + " does not measure in phase " + Value(reading.phase).describe(),
          "add the phase to the probe's 'phases'");
      return nullptr;
    }
    std::vector<std::string> known = context.slots.registry().names(Kind::probe);
    for (const ComposedProbe& probe : context.probes) known.push_back(probe.name);
    report(at, "measure", diagnostics, "there is no probe of the name or type " + name,
           suggest(reading.measure, known, "known probes"));
    return nullptr;
  }
  return add_probe(reading.measure, reading.phase, at, context);
}

void measure_cell(ComposedProbe& probe, const Cell& cell, bool at_every_evaluation) {
  std::vector<Cell>& cells = probe.cells;
  auto found = std::find(cells.begin(), cells.end(), cell);
  if (found == cells.end()) found = cells.insert(found, cell);
  const auto others = cells.begin() + static_cast<std::ptrdiff_t>(probe.regular_cells);
  if (!at_every_evaluation || found < others) return;
  std::rotate(others, found, found + 1);
  ++probe.regular_cells;
}

bool provide(const Reading& reading, const MeasurementPlace& at,
             const MeasurementContext& context) {
  ComposedProbe* probe = probe_for(reading, at, context);
  if (probe == nullptr) return false;
  measure_cell(*probe, reading.cell, reading.at == Endpoint::maximum);
  if (reading.at != Endpoint::maximum) return true;
  Diagnostics& diagnostics = context.slots.diagnostics();
  if (probe->every == 0) {
    diagnostics.error(
        at.value.place, at.path,
        "'at: maximum' needs evaluations during phase " + Value(reading.phase).describe() +
            ", and probe " + Value(probe->name).describe() + " makes none",
        "give a probe of type " + probe->probe->type + " an 'every' above 0, such as every: 5");
    return false;
  }
  for (const ComposedPhase& phase : context.phases) {
    if (phase.name != reading.phase || phase.steps > 0) continue;
    diagnostics.error(
        at.value.place, at.path,
        "'at: maximum' needs steps, and phase " + Value(phase.name).describe() + " trains nothing",
        "write at: end");
    return false;
  }
  return true;
}

bool provide_metric(const Measurement& gate, const ComposedPhase& phase, const MeasurementPlace& at,
                    Diagnostics& diagnostics) {
  const std::string fault = "this is a fault of the plugin " + phase.type;
  const auto term =
      std::find_if(phase.terms.begin(), phase.terms.end(),
                   [&](const ComposedTerm& each) { return each.term.name == gate.term; });
  if (term == phase.terms.end()) {
    diagnostics.error(
        at.value.place, at.path,
        "gate '" + gate.name + "' reads a term '" + gate.term + "' that the phase does not have",
        fault);
    return false;
  }
  const std::vector<std::string>& metrics = term->term.objective.facts().metrics;
  if (gate.at == Endpoint::maximum ||
      std::find(metrics.begin(), metrics.end(), gate.measure) == metrics.end()) {
    diagnostics.error(at.value.place, at.path,
                      "gate '" + gate.name + "' reads '" + gate.measure + "', which objective " +
                          term->term.objective->type + " does not report",
                      fault);
    return false;
  }
  return true;
}

/// Why the task lacks what the measurement compares with; "" where it does not.
std::string lacking(const Measurement& measurement, const TaskFacts& task) {
  const Minus& minus = measurement.minus;
  if (minus.kind == Minus::Kind::chance && !task.chance) return "the task has no chance level";
  if (minus.kind != Minus::Kind::control) return "";
  const SetFacts* control = task.control();
  if (control == nullptr) return "the task has no control set";
  for (const Cell& cell : measurement.cells) {
    if (task.control_for(cell)) continue;
    return cell.column.empty()
               ? "the control set '" + control->name + "' has columns, and '" + cell.name() +
                     "' has none"
               : "the control set '" + control->name + "' has no column '" + cell.column + "'";
  }
  return "";
}

/// Makes the cells that a plan's gate names the task's own; reports what is wrong with one.
bool take_cells_apart(Measurement& gate, const ComposedPhase& phase, const TaskFacts& task,
                      Diagnostics& diagnostics) {
  bool good = true;
  for (Cell& cell : gate.cells) {
    const std::string fault = take_apart(cell, task);
    if (fault.empty()) continue;
    diagnostics.error(phase.place, phase.path,
                      "gate '" + gate.name + "' measures rows that are not there: " + fault,
                      "this is a fault of the plugin " + phase.type);
    good = false;
  }
  return good;
}

}  // namespace

Cell compared_cell(const Minus& minus, const Cell& cell, const TaskFacts& task) {
  if (minus.kind == Minus::Kind::control) return *task.control_for(cell);
  Cell other = cell;
  if (minus.kind != Minus::Kind::other) return other;
  if (minus.rows) {
    other = *minus.rows;
    other.prefix = cell.prefix;
  }
  if (minus.prefix) other.prefix = *minus.prefix;
  return other;
}

bool provide_for(const Measurement& measurement, const MeasurementPlace& at,
                 const MeasurementContext& context) {
  const Minus& minus = measurement.minus;
  if (const std::string why = lacking(measurement, context.task); !why.empty()) {
    report(at, "minus", context.slots.diagnostics(), why + " to compare with",
           "write minus: nothing, or minus: start");
    return false;
  }
  if (!context.probes_known) return true;
  bool good = true;
  for (const Cell& cell : measurement.cells) {
    Reading reading{measurement.measure, measurement.phase, cell, measurement.at};
    good = provide(reading, at, context) && good;
    switch (minus.kind) {
      case Minus::Kind::nothing:
      case Minus::Kind::start:
      case Minus::Kind::chance:
        continue;
      case Minus::Kind::control:
        break;
      case Minus::Kind::other:
        reading.measure = minus.measure.value_or(reading.measure);
        reading.phase = minus.phase.value_or(reading.phase);
        reading.at = minus.at.value_or(reading.at);
        break;
    }
    reading.cell = compared_cell(minus, cell, context.task);
    good = good && provide(reading, at, context);
  }
  return good;
}

bool provide_for_gates(std::vector<ComposedPhase>& phases, const MeasurementContext& context) {
  bool good = true;
  for (ComposedPhase& phase : phases) {
    Value value;
    value.place = phase.place;
    const MeasurementPlace at{value, phase.path};
    for (Measurement& gate : phase.gates) {
      if (gate.not_applicable) continue;
      if (!take_cells_apart(gate, phase, context.task, context.slots.diagnostics())) {
        good = false;
        continue;
      }
      if (const std::string why = lacking(gate, context.task); !why.empty()) {
        gate.not_applicable = why;
        continue;
      }
      good = (gate.term.empty() ? provide_for(gate, at, context)
                                : provide_metric(gate, phase, at, context.slots.diagnostics())) &&
             good;
    }
  }
  return good;
}

}  // namespace leakprobe
