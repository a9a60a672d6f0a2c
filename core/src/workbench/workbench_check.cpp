#include <algorithm>

#include "compose/scale.h"
#include "workbench/estimate.h"
#include "workbench/experiment.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

/// How a person names a part of the experiment: list elements by their name.
std::string step_to(const std::string& path, const Value& element, size_t index) {
  const Value* name = element.find("name");
  const std::string step =
      name != nullptr && name->is_string() ? name->as_string() : std::to_string(index);
  return path.empty() ? step : path + "." + step;
}

std::string origin_of(const Value& value) {
  if (value.place.file.empty() && value.place.line == 0) return "default";
  Place place = value.place;
  place.column = 0;
  return to_string(place);
}

void collect_origins(const Value& value, const std::string& path, Value& origins) {
  if (!path.empty()) origins.set(path, origin_of(value));
  if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      collect_origins(entry.value, path.empty() ? entry.key : path + "." + entry.key, origins);
    }
  } else if (value.is_list()) {
    for (size_t i = 0; i < value.as_list().size(); ++i) {
      collect_origins(value.as_list()[i], step_to(path, value.as_list()[i], i), origins);
    }
  }
}

template <class T>
Value or_null(const std::optional<T>& number) {
  return number ? Value(*number) : Value();
}

Value phases_value(const Composition& composition, const Estimate& estimate) {
  Value phases = Value::list();
  for (size_t i = 0; i < composition.phases.size(); ++i) {
    const ComposedPhase& phase = composition.phases[i];
    const PhaseEstimate& part = estimate.phases[i];
    Value value = Value::map();
    value.set("name", phase.name);
    value.set("type", phase.type);
    value.set("from",
              phase.from.run.empty() ? phase.from.phase : phase.from.run + ":" + phase.from.phase);
    value.set("steps", phase.steps);
    value.set("rows", part.rows);
    value.set("tokens", or_null(part.tokens));
    value.set("flops", or_null(part.flops));
    value.set("trained", or_null(part.trained));
    phases.push_back(std::move(value));
  }
  return phases;
}

Value gates_value(const Composition& composition) {
  Value gates = Value::list();
  for (const ComposedPhase& phase : composition.phases) {
    for (const Measurement& gate : phase.gates) {
      const bool waived =
          std::find(phase.waived.begin(), phase.waived.end(), gate.name) != phase.waived.end();
      Value value = Value::map();
      value.set("phase", phase.name);
      value.set("name", gate.name);
      value.set("bound", gate.bound ? gate.bound->text() : "");
      const std::string unit = scale_of(gate, composition).unit;
      value.set("unit", unit.empty() ? Value() : Value(unit));
      value.set("applies", gate.not_applicable ? "does not apply: " + *gate.not_applicable
                           : waived            ? std::string("waived")
                                               : std::string("yes"));
      gates.push_back(std::move(value));
    }
  }
  return gates;
}

}  // namespace

std::vector<Diagnostic> Workbench::validate(const ExperimentFile& file) const {
  state_->require_named_plugins();
  return diagnose(file, state_->registry);
}

Value Workbench::resolve(const ExperimentFile& file) const {
  state_->require_named_plugins();
  std::vector<Diagnostic> warnings;
  const Composition composition = require_composition(file, state_->registry, &warnings);
  const Estimate total = estimate(composition, state_->registry);
  Value origins = Value::map();
  collect_origins(composition.resolved, "", origins);
  Value texts = Value::list();
  for (const Diagnostic& warning : warnings) texts.push_back(warning.text());
  if (!composition.sweep.empty()) {
    texts.push_back(
        "this file describes several experiments; what follows is the one without sweep");
  }

  Value resolved = Value::map();
  resolved.set("experiment", composition.resolved);
  resolved.set("origins", std::move(origins));
  resolved.set("phases", phases_value(composition, total));
  resolved.set("parameters", or_null(total.parameters));
  resolved.set("memory", or_null(total.memory));
  resolved.set("disk", or_null(total.disk));
  resolved.set("gates", gates_value(composition));
  resolved.set("digest", composition.digest);
  resolved.set("warnings", std::move(texts));
  return resolved;
}

}  // namespace leakprobe::host
