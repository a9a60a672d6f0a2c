#include <algorithm>
#include <optional>
#include <set>

#include "compose/compose.h"
#include "compose/settings.h"
#include "config/load_experiment.h"
#include "evidence/ledger.h"
#include "evidence/protection.h"
#include "format/add_count.h"
#include "format/files.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "instances/load_model.h"
#include "instances/silent_instances.h"
#include "records/manifest.h"
#include "run/ancestor.h"
#include "run/weight_store.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

/// A file of a run, checked as it is read: whoever audits does not trust it.
JsonValue read_ledger(const fs::path& run) {
  const fs::path file = run / "ledger.json";
  if (!is_there(file)) {
    throw Error(run.string() + ": holds no ledger.json; name the folder of a run");
  }
  JsonValue ledger = JsonValue::read(file);
  if (ledger.get_int("version") != 1) ledger.at("version").fail("this version is not known");
  return ledger;
}

/// Sets that some column took as a positive target although they are protected.
int64_t count_violations(const Value& sets) {
  const Value::List& list = sets.as_list();
  return std::count_if(list.begin(), list.end(),
                       [](const Value& set) { return set.boolean("violated"); });
}

/// How often a protected row reached a loss; null in a ledger that does not count it.
Value uses_of(const JsonValue& ledger) {
  return ledger.has("protected_uses") ? Value(ledger.get_int("protected_uses", 0)) : Value();
}

/// The experiment of a run, as far as it can be composed with the plugins that the user named.
struct JudgedExperiment {
  std::optional<Composition> whole;
  Slot<Task> task;   ///< of the whole, or all that is known
  std::string note;  ///< why it is not whole; "" where it is

  const TaskFacts* facts() const { return task ? &task.facts() : nullptr; }
};

JudgedExperiment read_experiment(const fs::path& run, const Registry& registry) {
  Diagnostics diagnostics;
  const Value experiment = load_experiment(run / "config.yaml", {}, diagnostics);
  JudgedExperiment judged;
  if (!experiment.is_null()) judged.whole = compose(experiment, registry, diagnostics);
  if (judged.whole) {
    judged.task = judged.whole->task;
    return judged;
  }
  const std::string unloaded = about_unloaded_libraries(experiment, registry);
  if (unloaded.empty()) throw InvalidExperiment(diagnostics.sorted());
  Diagnostics ignored;
  judged.task = compose_task(experiment, registry, ignored);
  judged.note = "this run is judged by the names of its sets and the roles that " +
                std::string(judged.task ? "its task" : "its own ledger") +
                " gives them, not by its experiment: " + unloaded;
  return judged;
}

/// Judges the accounts of a ledger by the roles of the run's experiment.
class Auditor {
 public:
  Auditor(const fs::path& run, const JudgedExperiment& experiment, const Registry& registry)
      : run_(run), experiment_(experiment), registry_(registry) {
    if (!experiment.note.empty()) notes_.push_back(run.string() + ": " + experiment.note);
  }

  Value audit(const JsonValue& ledger) {
    const int64_t pushed_up = ledger.get_int("pushed_up_steps", 0);
    const int64_t steps = ledger.get_int("steps", 0);
    if (pushed_up > steps) ledger.at("pushed_up_steps").fail("is more than all steps");
    int64_t inherited_steps = 0;
    const JsonValue entries = ledger.at("inherited");
    for (size_t i = 0; i < entries.size(); ++i) {
      add_count(inherited_steps, entries[i], "steps");
      add_inherited(entries[i], run_.string());
    }
    note_references();
    Value sets = judge(ledger.at("columns"), nullptr);
    int64_t declared = count_violations(sets);
    for (const Value& inherited : inherited_.as_list()) {
      declared += count_violations(*inherited.find("sets"));
    }
    Value audit = Value::map();
    audit.set("never_pushed_up", pushed_up == 0 && declared == 0);
    audit.set("protected_rows", ledger.get_int("protected_rows", 0));
    const TaskFacts facts = experiment_.facts() ? *experiment_.facts() : TaskFacts();
    audit.set("protected_sets", protected_sets(facts));
    audit.set("where", where_protected(facts));
    audit.set("protected_uses", uses_of(ledger));
    audit.set("declared_positive", declared);
    audit.set("pushed_up_steps", pushed_up);
    audit.set("steps", steps);
    audit.set("inherited_steps", inherited_steps);
    const auto first = ledger.find("first_pushed_up");
    audit.set("first_pushed_up", first ? to_value(*first) : Value());
    audit.set("sets", std::move(sets));
    audit.set("inherited", std::move(inherited_));
    for (const std::string& note : uncompared_) notes_.push_back(note);
    audit.set("notes", std::move(notes_));
    return audit;
  }

 private:
  /// What the run `heir` took over from another, behind what that one took over itself.
  void add_inherited(const JsonValue& entry, const std::string& heir) {
    const std::string& run = entry.get_string("run");
    const JsonValue further = entry.at("inherited");
    for (size_t i = 0; i < further.size(); ++i) add_inherited(further[i], run);
    Value inherited = Value::map();
    inherited.set("run", run);
    inherited.set("phase", entry.get_string("phase"));
    inherited.set("heir", heir);
    inherited.set("into", entry.get_string("into"));
    inherited.set("steps", entry.get_int("steps", 0));
    inherited.set("pushed_up_steps", entry.get_int("pushed_up_steps", 0));
    inherited.set("sets", judge_inherited(entry));
    inherited_.push_back(std::move(inherited));
  }

  Value judge_inherited(const JsonValue& entry) {
    const std::string& run = entry.get_string("run");
    const JsonValue columns = entry.at("columns");
    try {
      make_guarded();
      Ancestor ancestor(WeightsRef{entry.get_string("phase"), run}, registry_);
      ancestor.require(entry);
      return judge(columns, &ancestor);
    } catch (const Error& unreadable) {
      notes_.push_back(
          "what was inherited from " + run +
          " is judged by the names of its sets, not by its rows: " + unreadable.what());
      return judge(columns, nullptr);
    }
  }

  /// What was compared with another run's weights is not inherited from it, but depends on them.
  void note_references() {
    if (!experiment_.whole) return;
    const std::vector<ComposedPhase>& phases = experiment_.whole->phases;
    for (const WeightsRef& origin : reference_weights(*experiment_.whole)) {
      if (origin.run.empty() || !is_there(origin.run)) continue;
      if (std::any_of(phases.begin(), phases.end(),
                      [&](const ComposedPhase& phase) { return phase.from == origin; })) {
        continue;  // said of what was inherited
      }
      try {
        require_vouched(origin);
      } catch (const Error& altered) {
        notes_.push_back("reference of this run: " + std::string(altered.what()));
      }
    }
  }

  void make_guarded() {
    if (guarded_) return;
    if (!experiment_.whole) throw Error(run_.string() + ": its own rows are not known");
    const Composition& composition = *experiment_.whole;
    SilentInstances quiet(composition, registry_, load_tokenizer_of(composition, registry_));
    guarded_.emplace(composition, *quiet.instances().make<Task>(*composition.task));
  }

  /// Whether the experiment's roles forbid to push this account's rows up. Another run may call
  /// the same rows by another name, and others by the same.
  bool is_protected(const JsonValue& column, const JsonValue& account, Ancestor* ancestor) {
    if (ancestor) return ancestor->find_protected(*guarded_, account, uncompared_).has_value();
    if (experiment_.whole) return forbids_positive(*experiment_.whole, column, account);
    const TaskFacts* task = experiment_.facts();
    if (task == nullptr) return account.get_string("role") == "never_positive";
    const std::optional<RowsOf> rows = task->rows_named(account.get_string("set"));
    return rows && task->role_of(*rows).forbids_positive(account.get_string("prefix"));
  }

  Value judge(const JsonValue& columns, Ancestor* ancestor) {
    Value judged = Value::list();
    for (size_t c = 0; c < columns.size(); ++c) {
      const JsonValue column = columns[c];
      const JsonValue accounts = column.at("sets");
      for (size_t a = 0; a < accounts.size(); ++a) {
        const JsonValue account = accounts[a];
        const bool is_guarded = is_protected(column, account, ancestor);
        const bool is_positive =
            ancestor ? ancestor->pushed_up(column, account) : declares_positive(column);
        const int64_t rows = account.get_int("rows", 0);
        const int64_t up = account.get_int("pushed_up", 0);
        const int64_t down = account.get_int("pushed_down", 0);
        if (up > rows || down > rows - up) account.at("rows").fail("is less than the rows pushed");
        Value entry = Value::map();
        for (const char* key : {"phase", "term", "objective", "column"}) {
          entry.set(key, column.get_string(key));
        }
        entry.set("sign", column.get_string("declared_sign"));
        entry.set("set", account.get_string("set"));
        entry.set("prefix", account.get_string("prefix"));
        entry.set("protected", is_guarded);
        entry.set("violated", is_guarded && is_positive);
        entry.set("rows", rows);
        entry.set("pushed_up", up);
        entry.set("pushed_down", down);
        judged.push_back(std::move(entry));
      }
    }
    return judged;
  }

  const fs::path& run_;
  const JudgedExperiment& experiment_;
  const Registry& registry_;
  std::optional<ProtectedRows> guarded_;
  Value inherited_ = Value::list();
  Value notes_ = Value::list();
  std::set<std::string> uncompared_;  ///< about sets of ancestors that are too large
};

}  // namespace

Value Workbench::audit(const fs::path& run) const {
  state_->registry.require_named();
  const JsonValue ledger = read_ledger(run);
  // Roles come from the experiment, not from the ledger that is being judged.
  const JudgedExperiment experiment = read_experiment(run, state_->registry);
  Value audit = Auditor(run, experiment, state_->registry).audit(ledger);
  audit.set("directory", run.string());
  const std::string doubts = doubts_about(run, Vouched::all);
  if (!doubts.empty()) audit.at("notes").push_back(run.string() + ": " + doubts);
  return audit;
}

}  // namespace leakprobe::host
