#include "compose/gates.h"

#include <algorithm>

#include "compose/places.h"

namespace leakprobe {
namespace {

std::vector<std::string> names_of(const std::vector<Measurement>& gates) {
  std::vector<std::string> names;
  for (const Measurement& gate : gates) names.push_back(gate.name);
  return names;
}

bool report_unknown(const ComposedPhase& phase, const std::string& name, const Place& place,
                    const std::string& path, Diagnostics& diagnostics) {
  std::string hint = suggest(name, names_of(phase.gates), "gates of this phase");
  if (hint.empty()) hint = "a phase of type " + phase.type + " has no gates here";
  diagnostics.error(place, path, "the phase has no gate " + Value(name).describe(), hint);
  return false;
}

}  // namespace

void GateKeys::declare(Schema<GateKeys>& schema) {
  // No unit: it is that of what the gate measures.
  schema.field("above", &GateKeys::above, any<double>(),
               "The value must be above this, in the unit of what the gate measures.");
  schema.field("below", &GateKeys::below, any<double>(),
               "The value must be below this, in the unit of what the gate measures.");
  schema.field("within", &GateKeys::within, at_least(0.0),
               "The value may be this far from 0 at most, in the unit of what the gate measures.");
}

bool apply_gates(ComposedPhase& phase, const Named<GateKeys>& bounds,
                 const std::vector<std::string>& waived, const Value& value,
                 Diagnostics& diagnostics) {
  bool good = true;
  const std::string gates_path = child_path(phase.path, "gates");
  for (const auto& [name, keys] : bounds) {
    const std::string path = child_path(gates_path, name);
    const Place& place = part_at(value, phase.path, path).place;
    const auto gate = std::find_if(phase.gates.begin(), phase.gates.end(),
                                   [&](const Measurement& each) { return each.name == name; });
    if (gate == phase.gates.end()) {
      good = report_unknown(phase, name, place, path, diagnostics);
      continue;
    }
    if (keys.above.has_value() + keys.below.has_value() + keys.within.has_value() != 1) {
      const std::vector<std::string> bounds_of_gate = {"above", "below", "within"};
      const Value& written = part_at(value, phase.path, path);
      const Value::Entry* last = last_set(written, bounds_of_gate);
      const bool on_command_line = last != nullptr && is_command_line(last->place);
      diagnostics.error(on_command_line ? last->place : place, path,
                        "give exactly one of 'above', 'below' and 'within'",
                        last == nullptr ? "" : hint_to_leave_out(written, *last, bounds_of_gate));
      good = false;
      continue;
    }
    if (keys.above) gate->bound = Bound{Bound::Kind::above, *keys.above};
    if (keys.below) gate->bound = Bound{Bound::Kind::below, *keys.below};
    if (keys.within) gate->bound = Bound{Bound::Kind::within, *keys.within};
  }
  for (size_t i = 0; i < waived.size(); ++i) {
    const std::vector<std::string> names = names_of(phase.gates);
    if (std::find(names.begin(), names.end(), waived[i]) != names.end()) continue;
    good = report_unknown(phase, waived[i], value.items("waive")[i].place,
                          child_path(child_path(phase.path, "waive"), i), diagnostics);
  }
  phase.waived = waived;
  return good;
}

Value gates_value(const std::vector<Measurement>& gates) {
  Value map = Value::map();
  for (const Measurement& gate : gates) {
    if (gate.bound) map.set(gate.name, detail::pair(word_of(gate.bound->kind), gate.bound->value));
  }
  return map;
}

}  // namespace leakprobe
