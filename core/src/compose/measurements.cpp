#include "compose/measurements.h"

#include <algorithm>

#include "compose/plan_gates.h"
#include "compose/scale.h"
#include "compose/sides.h"

namespace leakprobe {
namespace {

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

/// What to do about a probe that is neither a name nor a type.
std::string measure_hint(const std::string& name, const std::vector<std::string>& known) {
  const std::string near = meant_plugin(name, known);
  if (!near.empty()) return "did you mean " + Value(near).describe() + "?";
  std::string hint = library_hint(name);
  if (!hint.empty()) hint += "; ";
  return hint + suggest("", known, "known probes");
}

/// Whether the probe gives the aggregate that is read, and it tells of leak; reported where not.
bool has_aggregate(const ComposedProbe& probe, const Side& side, const MeasurementPlace& at,
                   const MeasurementContext& context) {
  const std::string aggregate = measure_of(side.measure).aggregate;
  const ProbeFacts& facts = probe.probe.facts();
  const ProbeFacts::Aggregate* found = facts.find(aggregate);
  if (aggregate.empty() || (found != nullptr && found->is_leak)) return true;
  std::vector<std::string> known;
  for (const ProbeFacts::Aggregate& each : facts.aggregates) {
    if (each.is_leak) known.push_back(each.name);
  }
  if (found != nullptr) {
    report(
        at, "measure", context.slots.diagnostics(),
        Value(aggregate).describe() + " of probe " + Value(probe.name).describe() +
            " does not tell how much leaks, whatever it is compared with",
        "write " + probe.name + (known.empty() ? "" : ", or " + probe.name + "/" + known.front()));
    return false;
  }
  report(at, "measure", context.slots.diagnostics(),
         "probe " + Value(probe.name).describe() + " gives no " + Value(aggregate).describe(),
         known.empty() ? "it gives its value alone: write " + probe.name
                       : suggest(aggregate, known, "beside its value it gives"));
  return false;
}

/// The probe to read from, added where there is none; nullptr where that was reported.
ComposedProbe* probe_for(const Side& side, const MeasurementPlace& at,
                         const MeasurementContext& context) {
  if (ComposedProbe* found = find_probe(context.probes, side.measure, side.phase)) {
    return has_aggregate(*found, side, at, context) ? found : nullptr;
  }
  Diagnostics& diagnostics = context.slots.diagnostics();
  const std::string measure = measure_of(side.measure).probe;
  const std::string name = Value(measure).describe();
  if (context.slots.registry().find(Kind::probe, measure) == nullptr) {
    if (by_name(context.probes, measure) != nullptr) {
      diagnostics.error(
          at.value.place, at.path,
          "probe " + name + " does not measure in phase " + Value(side.phase).describe(),
          "add the phase to the probe's 'phases'");
      return nullptr;
    }
    std::vector<std::string> known = context.slots.registry().names(Kind::probe);
    for (const ComposedProbe& probe : context.probes) known.push_back(probe.name);
    report(at, "measure", diagnostics, "there is no probe of the name or type " + name,
           measure_hint(measure, known));
    return nullptr;
  }
  ComposedProbe* added = add_probe(measure, side.phase, at, context);
  return added != nullptr && has_aggregate(*added, side, at, context) ? added : nullptr;
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

bool provide(const Side& side, const MeasurementPlace& at, const MeasurementContext& context) {
  ComposedProbe* probe = probe_for(side, at, context);
  if (probe == nullptr) return false;
  measure_cell(*probe, side.cell, side.at == Endpoint::maximum);
  if (side.at != Endpoint::maximum) return true;
  Diagnostics& diagnostics = context.slots.diagnostics();
  if (probe->every == 0) {
    diagnostics.error(
        at.value.place, at.path,
        "'at: maximum' needs evaluations during phase " + Value(side.phase).describe() +
            ", and probe " + Value(probe->name).describe() + " makes none",
        "give a probe of type " + probe->probe->type + " an 'every' above 0, such as every: 5");
    return false;
  }
  for (const ComposedPhase& phase : context.phases) {
    if (phase.name != side.phase || phase.steps > 0) continue;
    diagnostics.error(
        at.value.place, at.path,
        "'at: maximum' needs steps, and phase " + Value(phase.name).describe() + " trains nothing",
        "write at: end");
    return false;
  }
  return true;
}

/// Why the task has no control for `cell`; "" where it has one.
std::string lacking_control(const Cell& cell, const TaskFacts& task) {
  const SetFacts* control = task.control();
  if (control == nullptr) return "the task has no control set";
  if (task.control_for(cell)) return "";
  return cell.column.empty()
             ? "the control set '" + control->name + "' has columns, and '" + cell.name() +
                   "' has none"
             : "the control set '" + control->name + "' has no column '" + cell.column + "'";
}

/// Why there is nothing that the measurement could compare with; "" where there is.
std::string lacking(const Measurement& measurement, const MeasurementContext& context) {
  const TaskFacts& task = context.task;
  const std::vector<Minus> all = taken_off(measurement);
  const auto takes_off = [&](Minus::Kind kind) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Minus& each) { return each.kind == kind; });
  };
  if (takes_off(Minus::Kind::chance)) {
    const ComposedProbe* probe = find_probe(context.probes, measurement.measure, measurement.phase);
    if (probe != nullptr) {
      const Scale scale(probe->probe.facts(), task, measure_of(measurement.measure).aggregate);
      if (!scale.log_probability) {
        return scale.chance ? ""
                            : "probe " + Value(probe->name).describe() + " has no chance level";
      }
    }
    return task.chance ? "" : "the task has no chance level";
  }
  if (!takes_off(Minus::Kind::control)) return "";
  if (task.control() == nullptr) return "the task has no control set";
  for (const Cell& cell : measurement.cells) {
    if (std::string why = lacking_control(cell, task); !why.empty()) return why;
  }
  return "";
}

/// Whether the values of two probes may be taken from one another; reported where not.
bool check_units(const Side& set, const Side& other, const MeasurementPlace& at,
                 const MeasurementContext& context) {
  const ComposedProbe* a = find_probe(context.probes, set.measure, set.phase);
  const ComposedProbe* b = find_probe(context.probes, other.measure, other.phase);
  const Scale of_a(a->probe.facts(), context.task, measure_of(set.measure).aggregate);
  const Scale of_b(b->probe.facts(), context.task, measure_of(other.measure).aggregate);
  if ((a == b && set.measure == other.measure) || of_a.is_like(of_b)) return true;
  const auto words = [](const ComposedProbe& probe, const Scale& scale) {
    return "probe " + Value(probe.name).describe() + " measures in " + scale.words();
  };
  report(at, "minus", context.slots.diagnostics(),
         words(*a, of_a) + "; " + words(*b, of_b) + ": their difference means nothing",
         "compare two values of one probe");
  return false;
}

}  // namespace

bool provide_for(const Measurement& measurement, const MeasurementPlace& at,
                 const MeasurementContext& context) {
  if (const std::string why = lacking(measurement, context); !why.empty()) {
    report(at, "minus", context.slots.diagnostics(), why + " to compare with",
           "write minus: nothing, or minus: start");
    return false;
  }
  if (!context.probes_known) return true;
  bool good = true;
  for (const Cell& cell : measurement.cells) {
    const std::vector<Side> sides = sides_of(measurement, cell, context.task);
    bool known = true;
    for (const Side& side : sides) known = known && provide(side, at, context);
    for (const Side& side : sides) known = known && check_units(sides.front(), side, at, context);
    good = good && known;
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
      if (const std::string fault = fault_of_gate(gate, phase, context); !fault.empty()) {
        context.slots.diagnostics().error(phase.place, phase.path, fault,
                                          "this is a fault of the plugin " + phase.type);
        good = false;
        continue;
      }
      if (gate.not_applicable || !gate.term.empty()) continue;
      std::string why = lacking(gate, context);
      if (why.empty()) why = kept_from_chance(gate, phase, context);
      if (why.empty()) {
        good = provide_for(gate, at, context) && good;
      } else {
        gate.not_applicable = why;
      }
    }
  }
  return good;
}

void provide_controls(const MeasurementContext& context) {
  for (ComposedProbe& probe : context.probes) {
    if (!probe.probe.facts().needs_control) continue;
    const std::vector<Cell> cells = probe.cells;
    const size_t regular = probe.regular_cells;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (const std::string why = lacking_control(cells[i], context.task); !why.empty()) {
        context.slots.diagnostics().error(
            probe.place, probe.path,
            why + ", and probe " + Value(probe.name).describe() + " compares rows with its control",
            "give the task a control, or leave '" + cells[i].name() + "' to another probe");
        break;
      }
      measure_cell(probe, Cell(*context.task.control_for(cells[i])), i < regular);
    }
  }
}

}  // namespace leakprobe
