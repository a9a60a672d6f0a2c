#include "run/ancestor.h"

#include "compose/compose.h"
#include "config/load_experiment.h"
#include "data/item_stream.h"
#include "format/json_to_value.h"
#include "host/quiet_run.h"
#include "leakprobe/error.h"
#include "run/load_model.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

Composition read_composition(const fs::path& run, const Registry& registry) {
  const fs::path config = run / "config.yaml";
  if (!fs::exists(config)) {
    throw Error(run.string() +
                ": holds no config.yaml; 'from' and 'reference' need a run's directory");
  }
  Diagnostics diagnostics;
  const Value experiment = load_experiment(config, {}, diagnostics);
  auto composition = compose(experiment, registry, diagnostics);
  if (composition) return *std::move(composition);
  throw Error(run.string() +
              ": its experiment cannot be read again, so that nobody knows what its weights "
              "were trained on: " +
              diagnostics.sorted().front().text());
}

}  // namespace

Ancestor::Ancestor(const Origin& origin, const Registry& registry)
    : origin_(origin),
      registry_(registry),
      composition_(read_composition(origin.run, registry)),
      ledger_(JsonValue::read(fs::path(origin.run) / "ledger.json")) {
  for (std::string name = origin.phase; name != "initial";) {
    const ComposedPhase* phase = composition_.find_phase(name);
    if (!phase) throw Error(origin.run + ": this run has no phase '" + name + "'");
    lineage_.insert(name);
    if (!phase->from.run.empty()) break;
    name = phase->from.phase;
  }
}

bool Ancestor::is_in_lineage(const JsonValue& entry) const {
  return lineage_.count(entry.get_string("phase")) > 0;
}

Value Ancestor::ledger() const {
  int64_t steps = 0, pushed_up = 0;
  const JsonValue phases = ledger_.at("phases");
  for (size_t i = 0; i < phases.size(); ++i) {
    if (!is_in_lineage(phases[i])) continue;
    steps += phases[i].get_int("steps");
    pushed_up += phases[i].get_int("pushed_up_steps");
  }
  Value columns = Value::list();
  const JsonValue all = ledger_.at("columns");
  for (size_t i = 0; i < all.size(); ++i) {
    if (is_in_lineage(all[i])) columns.push_back(to_value(all[i]));
  }
  Value further = Value::list();
  const JsonValue inherited = ledger_.at("inherited");
  for (size_t i = 0; i < inherited.size(); ++i) {
    if (lineage_.count(inherited[i].get_string("into")) == 0) continue;
    steps += inherited[i].get_int("steps");
    pushed_up += inherited[i].get_int("pushed_up_steps");
    further.push_back(to_value(inherited[i]));
  }
  Value value = Value::map();
  value.set("run", origin_.run);
  value.set("phase", origin_.phase);
  value.set("steps", steps);
  value.set("pushed_up_steps", pushed_up);
  value.set("columns", std::move(columns));
  value.set("inherited", std::move(further));
  return value;
}

void Ancestor::check_rows(const ProtectedRows& guarded, const ComposedPhase& phase,
                          Diagnostics& diagnostics) const {
  if (guarded.size() == 0) return;
  QuietRun quiet(composition_, registry_, load_tokenizer_of(composition_, registry_));
  const auto task = quiet.instances().make<Task>(*composition_.task);
  const JsonValue columns = ledger_.at("columns");
  for (size_t c = 0; c < columns.size(); ++c) {
    const JsonValue column = columns[c];
    if (!is_in_lineage(column) || column.get_string("declared_sign") == "negative" ||
        column.get_double("weight") == 0) {
      continue;
    }
    const JsonValue sets = column.at("sets");
    for (size_t s = 0; s < sets.size(); ++s) {
      const SetFacts* set = composition_.task.facts().find(sets[s].get_string("set"));
      const auto counts = sets[s].find("counts");
      if (!set || !counts || !set->columns.empty()) continue;  // fresh rows are nobody's secret
      const std::string& prefix = sets[s].get_string("prefix");
      for (size_t i = 0; i < counts->size(); ++i) {
        if ((*counts)[i].as_int() == 0) continue;
        const Row row = set_row(*task, *set, prefix, static_cast<int64_t>(i), composition_.seed);
        const SetFacts* owner = guarded.find(row.id());
        if (!owner || !owner->role.forbids_positive(prefix)) continue;
        diagnostics.error(phase.from.place, child_path(phase.path, "from"),
                          "row " + std::to_string(i) + " of set '" + set->name +
                              "', a positive target in phase '" + column.get_string("phase") +
                              "' of that run, is in set '" + owner->name +
                              "' here, which may never be one behind prefix '" + prefix + "'",
                          "start from weights that never saw it, or change the set's role");
        break;
      }
    }
  }
}

}  // namespace leakprobe
