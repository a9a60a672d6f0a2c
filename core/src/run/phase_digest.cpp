#include "run/phase_digest.h"

#include <array>

#include "compose/contents.h"
#include "compose/digest.h"
#include "compose/slots.h"
#include "evidence/evaluator.h"
#include "run/environment_report.h"
#include "run/identity.h"
#include "run/weight_store.h"

namespace leakprobe {
namespace {

/// The top-level maps of what phases name.
std::vector<std::string> named_maps() {
  std::vector<std::string> names = {"streams"};
  for (const auto& [kind, name] : Slots::maps()) names.push_back(name);
  return names;
}

/// Keys of a resolved experiment, besides those maps, that decide nothing about the weights and
/// records of a phase, or that are described otherwise: the phases one by one.
constexpr std::array kNotOfTheRun = {"name",        "phases",   "claim",  "claims",
                                     "optimizer",   "schedule", "batch",  "sinks",
                                     "checkpoints", "plugins",  "probes", "threads"};
/// The same of a phase: its gates are judged when the run is over.
constexpr std::array kNotOfAPhase = {"gates", "waive"};

class Describer {
 public:
  Describer(const Composition& composition, const Registry& registry)
      : composition_(composition), registry_(registry) {}

  /// What all phases have in common.
  Value run() const {
    Value resolved = composition_.resolved;
    for (const std::string& map : maps_) resolved.erase(map);  // what a phase names is said with it
    Value value = content(resolved, "", kNotOfTheRun);
    value.set("build", core_build(registry_));
    value.set("architecture", plugin(*composition_.model.model));
    value.set("task_plugin", plugin(*composition_.task));
    value.set("circumstances", circumstances(composition_).to_value());
    Value probes = Value::list();
    for (const ComposedProbe& probe : composition_.probes) probes.push_back(describe(probe));
    value.set("probes", std::move(probes));
    // Whose files a state knows the ends of.
    Value sinks = Value::list();
    for (const Slot<Sink>& sink : composition_.sinks) sinks.push_back(plugin(*sink));
    value.set("sinks", std::move(sinks));
    value.set("keeps_phases", composition_.keep == KeepCheckpoints::phases);
    return value;
  }

  Value phase(size_t index) const {
    const ComposedPhase& phase = composition_.phases[index];
    const Value& resolved = composition_.resolved.items("phases")[index];
    Value value = content(resolved, phase.path, kNotOfAPhase);
    value.set("names", named_by(resolved));
    value.set("library", library(Kind::phase, phase.type));
    value.set("steps", phase.steps);
    value.set("reads_start", reads_start(composition_, phase));
    if (phase.freeze) value.set("freeze", plugin(*phase.freeze));
    if (phase.optimizer) value.set("optimizer", plugin(*phase.optimizer));
    if (phase.schedule) value.set("schedule", plugin(*phase.schedule));
    Value terms = Value::list();
    for (const ComposedTerm& term : phase.terms) terms.push_back(describe(phase, term));
    value.set("composed_terms", std::move(terms));
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
  Value content(const Value& value, const std::string& path) const {
    return by_content(composition_, value, path);
  }

  /// A map without some of its keys.
  template <size_t N>
  Value content(const Value& map, const std::string& path,
                const std::array<const char*, N>& without) const {
    Value part = map;
    for (const char* key : without) part.erase(key);
    return content(part, path);
  }

  Value library(Kind kind, const std::string& type) const {
    const RegisteredPlugin* found = registry_.find_plugin(kind, type);
    if (found == nullptr || found->library.empty()) return nullptr;
    return registry_.sha256(found->library);
  }

  Value plugin(const PluginChoice& choice) const {
    Value value = Value::map();
    value.set("path", choice.path);
    value.set("options", content(choice.resolved, choice.path));
    value.set("library", library(choice.kind, choice.type));
    return value;
  }

  /// The entries of the top-level maps that a part of the experiment names, wherever: a text that
  /// only looks like a name does no harm.
  Value named_by(const Value& part) const {
    Value named = Value::map();
    add_named(part, named);
    return named;
  }

  void add_named(const Value& part, Value& named) const {
    if (part.is_string()) {
      for (const std::string& map : maps_) {
        const Value* all = composition_.resolved.find(map);
        const Value* entry = all != nullptr ? all->find(part.as_string()) : nullptr;
        const std::string path = child_path(map, part.as_string());
        if (entry == nullptr || named.find(path) != nullptr) continue;
        named.set(path, content(*entry, path));
        add_named(*entry, named);
      }
    } else if (part.is_list()) {
      for (const Value& element : part.as_list()) add_named(element, named);
    } else if (part.is_map()) {
      for (const Value::Entry& entry : part.entries()) add_named(entry.value, named);
    }
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
    value.set("phases", ParameterType<std::vector<std::string>>::write(probe.phases));
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
    value.set("reference", content(ParameterType<WeightsRef>::write(reference_of(phase, term)),
                                   child_path(term.path, "reference")));
    Stream stream = term.term.stream;
    value.set("stream", stream.name);
    stream.name.clear();  // so that it is written in full
    value.set("content", to_value(stream));
    if (stream.rollout) value.set("reward", plugin(*stream.rollout->reward));
    return value;
  }

  const Composition& composition_;
  const Registry& registry_;
  const std::vector<std::string> maps_ = named_maps();
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
