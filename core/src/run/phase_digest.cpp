#include "run/phase_digest.h"

#include "compose/digest.h"
#include "run/environment_report.h"
#include "run/evaluator.h"
#include "run/weight_store.h"

namespace leakprobe {
namespace {

class Describer {
 public:
  Describer(const Composition& composition, const Registry& registry)
      : composition_(composition), registry_(registry) {}

  /// What all phases have in common.
  Value run() const {
    Value value = Value::map();
    value.set("seed", static_cast<int64_t>(composition_.seed));
    value.set("model", *composition_.resolved.find("model"));
    value.set("model_path", composition_.model.resolved.string());
    value.set("architecture", plugin(*composition_.model.model));
    value.set("task", plugin(*composition_.task));
    value.set("circumstances", circumstances(composition_));
    value.set("rows_per_pass", composition_.rows_per_pass);
    Value probes = Value::list();
    for (const ComposedProbe& probe : composition_.probes) probes.push_back(describe(probe));
    value.set("probes", std::move(probes));
    // The files that a state's positions refer to.
    Value sinks = Value::list();
    for (const Slot<Sink>& sink : composition_.sinks) sinks.push_back(plugin(*sink));
    value.set("sinks", std::move(sinks));
    value.set("keeps_phases", composition_.keep == KeepCheckpoints::phases);
    return value;
  }

  Value phase(size_t index) const {
    const ComposedPhase& phase = composition_.phases[index];
    Value value = Value::map();
    value.set("name", phase.name);
    value.set("from", detail::FieldType<Origin>::write(phase.from));
    value.set("steps", phase.steps);
    value.set("reads_start", reads_start(composition_, phase));
    if (phase.freeze) value.set("freeze", plugin(*phase.freeze));
    if (phase.optimizer) value.set("optimizer", plugin(*phase.optimizer));
    if (phase.schedule) value.set("schedule", plugin(*phase.schedule));
    Value terms = Value::list();
    for (const ComposedTerm& term : phase.terms) terms.push_back(describe(phase, term));
    value.set("terms", std::move(terms));
    return value;
  }

  /// Whose weights a state after phase `index` holds.
  Value kept(size_t index) const {
    Value value = Value::list();
    if (needs_weights(composition_, "initial", index + 1)) value.push_back("initial");
    for (size_t i = 0; i <= index; ++i) {
      const std::string& name = composition_.phases[i].name;
      if (needs_weights(composition_, name, index + 1)) value.push_back(name);
    }
    return value;
  }

 private:
  Value plugin(const PluginChoice& choice) const {
    Value value = Value::map();
    value.set("path", choice.path);
    value.set("options", choice.resolved);
    const RegisteredPlugin* found = registry_.find_plugin(choice.kind, choice.type);
    if (found && !found->library.empty()) value.set("library", registry_.sha256(found->library));
    return value;
  }

  static Value describe(const Cell& cell) {
    Value value = Value::list();
    value.push_back(cell.name());
    value.push_back(cell.prefix);
    return value;
  }

  Value describe(const ComposedProbe& probe) const {
    Value value = Value::map();
    value.set("name", probe.name);
    value.set("probe", plugin(*probe.probe));
    value.set("every", probe.every);
    value.set("rows", probe.rows);
    value.set("phases", detail::FieldType<std::vector<std::string>>::write(probe.phases));
    Value cells = Value::list();
    for (const Cell& cell : probe.cells) cells.push_back(describe(cell));
    value.set("cells", std::move(cells));
    value.set("regular_cells", static_cast<int64_t>(probe.regular_cells));
    return value;
  }

  Value describe(const ComposedPhase& phase, const ComposedTerm& term) const {
    Value value = Value::map();
    value.set("name", term.term.name);
    value.set("objective", plugin(*term.term.objective));
    value.set("weight", term.term.weight);
    value.set("batch", term.batch);
    value.set("items", term.items);
    value.set("finite", term.finite);
    value.set("reference", detail::FieldType<Origin>::write(reference_of(phase, term)));
    Stream stream = term.term.stream;
    value.set("stream", stream.name);
    stream.name.clear();  // so that it is written in full
    value.set("content", to_value(stream));
    return value;
  }

  const Composition& composition_;
  const Registry& registry_;
};

}  // namespace

std::vector<std::string> phase_digests(const Composition& composition, const Registry& registry) {
  const Describer describer(composition, registry);
  std::vector<std::string> digests;
  std::string before = short_digest(describer.run());
  for (size_t i = 0; i < composition.phases.size(); ++i) {
    Value chain = Value::map();
    chain.set("before", before);
    chain.set("phase", describer.phase(i));
    before = short_digest(chain);
    Value state = Value::map();
    state.set("phases", before);
    state.set("kept", describer.kept(i));
    digests.push_back(short_digest(state));
  }
  return digests;
}

}  // namespace leakprobe
