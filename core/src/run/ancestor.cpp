#include "run/ancestor.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "compose/compose.h"
#include "compose/settings.h"
#include "config/load_experiment.h"
#include "config/sentence.h"
#include "data/item_stream.h"
#include "format/add_count.h"
#include "format/json_to_value.h"
#include "instances/load_model.h"
#include "leakprobe/error.h"
#include "records/manifest.h"
#include "run/identity.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

Composition read_composition(const WeightsRef& origin, const Registry& registry) {
  const fs::path run = origin.run;
  require_vouched(origin);
  Diagnostics diagnostics;
  const Value experiment = load_experiment(run / "config.yaml", {}, diagnostics);
  auto composition = compose(experiment, registry, diagnostics);
  if (composition) {
    const Changes changes = changes_since(run, identity_of(*composition, registry));
    if (!changes.experiment && !changes.files) return *std::move(composition);
    throw Error(run.string() + ": " + changes.text() +
                " since it ran, so that nobody knows what its weights were trained on");
  }
  const std::string unloaded = about_unloaded_libraries(experiment, registry);
  throw Error(run.string() +
              ": its experiment cannot be read again, so that nobody knows what its weights "
              "were trained on: " +
              (unloaded.empty() ? sentence_of(diagnostics.sorted().front()) : unloaded));
}

}  // namespace

Ancestor::Ancestor(const WeightsRef& origin, const Registry& registry)
    : origin_(origin),
      registry_(registry),
      composition_(read_composition(origin, registry)),
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
    add_count(steps, phases[i], "steps");
    add_count(pushed_up, phases[i], "pushed_up_steps");
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
    add_count(steps, inherited[i], "steps");
    add_count(pushed_up, inherited[i], "pushed_up_steps");
    further.push_back(to_value(inherited[i]));
  }
  Value value = Value::map();
  value.set("run", origin_.run);
  value.set("digest", composition_.digest);
  value.set("seed", static_cast<int64_t>(composition_.seed));
  value.set("phase", origin_.phase);
  value.set("steps", steps);
  value.set("pushed_up_steps", pushed_up);
  value.set("columns", std::move(columns));
  value.set("inherited", std::move(further));
  return value;
}

void Ancestor::require(const JsonValue& inherited) const {
  if (inherited.get_string("digest") == composition_.digest &&
      inherited.get_int("seed") == static_cast<int64_t>(composition_.seed)) {
    return;
  }
  throw Error("that folder now holds a run of another configuration or seed");
}

const Task& Ancestor::task() {
  if (!task_) {
    quiet_.emplace(composition_, registry_, load_tokenizer_of(composition_, registry_));
    task_ = quiet_->instances().make<Task>(*composition_.task);
  }
  return *task_;
}

std::optional<Ancestor::Shared> Ancestor::find_protected(const ProtectedRows& guarded,
                                                         const JsonValue& account,
                                                         std::set<std::string>& notes) {
  const TaskFacts& facts = composition_.task.facts();
  std::optional<RowsOf> rows = facts.rows_named(account.get_string("set"));
  if (guarded.size() == 0 || !rows) return std::nullopt;
  const SetFacts* set = facts.find(rows->set);
  if (!set->size) return std::nullopt;
  const auto counts = account.find("counts");  // none of a very large set: each row may be used
  if (counts && static_cast<int64_t>(counts->size()) != *set->size)
    counts->fail("is of another set");
  rows->prefix = account.get_string("prefix");
  // A ledger without counts may be anybody's, and tell of a set that would take for ever.
  const int64_t end = counts ? *set->size : std::min(*set->size, kMostRowsCompared);
  for (int64_t i = 0; i < end; ++i) {
    if (counts && (*counts)[static_cast<size_t>(i)].as_int() == 0) continue;
    const Row row = set_row(task(), facts, *rows, i, composition_.seed);
    if (const auto* owner = guarded.find(row.id(), rows->prefix, "")) return Shared{i, owner};
  }
  if (end < *set->size) {
    notes.insert("only " + std::to_string(end) + " of the " + std::to_string(*set->size) +
                 " rows of set '" + account.get_string("set") + "' of " + origin_.run +
                 " were compared with those that may never be pushed up");
  }
  return std::nullopt;
}

bool Ancestor::pushed_up(const JsonValue& column, const JsonValue& account) const {
  if (declares_positive(column)) return true;
  const bool watched = forbids_positive(composition_, column, account);
  return !watched && account.get_int("pushed_up") > 0;
}

void Ancestor::check_rows(const ProtectedRows& guarded, const ComposedPhase& phase,
                          Diagnostics& diagnostics) {
  check_rows(guarded, phase, {}, diagnostics);
}

void Ancestor::check_rows(const ProtectedRows& guarded, const ComposedPhase& phase, Heirs heirs,
                          Diagnostics& diagnostics) {
  std::error_code failed;
  const fs::path folder = fs::weakly_canonical(origin_.run, failed);
  if (failed || !heirs.insert(folder).second) {
    throw Error(origin_.run +
                ": this run and those that it starts from start from one another, so that nobody "
                "knows what its weights were trained on; start from another one");
  }
  std::set<std::string> notes;
  const JsonValue columns = ledger_.at("columns");
  for (size_t c = 0; c < columns.size(); ++c) {
    const JsonValue column = columns[c];
    if (!is_in_lineage(column)) continue;
    const JsonValue accounts = column.at("sets");
    for (size_t a = 0; a < accounts.size(); ++a) {
      if (!pushed_up(column, accounts[a])) continue;
      const std::optional<Shared> shared = find_protected(guarded, accounts[a], notes);
      if (!shared) continue;
      diagnostics.error(phase.from.place, child_path(phase.path, "from"),
                        "row " + std::to_string(shared->index) + " of set '" +
                            accounts[a].get_string("set") + "', pushed up in phase '" +
                            column.get_string("phase") + "' of " + origin_.run + ", is in set '" +
                            shared->owner->rows.name() +
                            "' here, which may never be pushed up behind prefix '" +
                            accounts[a].get_string("prefix") + "'",
                        "start from weights that never saw it, or change the set's role");
    }
  }
  for (const std::string& note : notes) {
    diagnostics.warning(phase.from.place, child_path(phase.path, "from"), note,
                        "make sure that none of the others is protected here");
  }
  for (const ComposedPhase& earlier : composition_.phases) {
    if (earlier.from.run.empty() || lineage_.count(earlier.name) == 0) continue;
    Ancestor(earlier.from, registry_).check_rows(guarded, phase, heirs, diagnostics);
  }
}

}  // namespace leakprobe
