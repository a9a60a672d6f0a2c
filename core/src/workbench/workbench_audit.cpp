#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "compose/compose.h"
#include "compose/lineage.h"
#include "compose/settings.h"
#include "config/load_experiment.h"
#include "evidence/ledger.h"
#include "evidence/protection.h"
#include "format/files.h"
#include "instances/load_model.h"
#include "instances/silent_instances.h"
#include "records/find_run_directories.h"
#include "records/ledger_record.h"
#include "records/lock.h"
#include "records/manifest.h"
#include "records/run_state.h"
#include "records/state_facts.h"
#include "records/status_record.h"
#include "records/superseded_run.h"
#include "run/ancestor.h"
#include "run/weight_store.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

/// What the losses of a run did. That of an unfinished one is in its saved state, whose checksum
/// vouches for it, and nothing does for the copy in ledger.json; nothing where it has saved none
/// yet. Throws Error.
std::optional<LedgerRecord> ledger_of(const fs::path& run, bool finished) {
  if (finished) return read_ledger(run);
  if (is_taken(run / kStateFile)) {
    return StateFacts::of(SavedState::load(run / kStateFile).facts).ledger;
  }
  if (!is_taken(run / kLedgerFile)) return std::nullopt;
  throw Error((run / kLedgerFile).string() +
              ": nothing vouches for it, since neither the saved state that holds the same "
              "(state.safetensors) nor a result is there; put back what the run wrote, or run it "
              "again");
}

/// How far a run without a result came, as a sentence.
std::string unfinished_words(const fs::path& run, bool has_ledger) {
  const std::string only =
      has_ledger
          ? "; judged is what its ledger held when its state was last saved"
          : "; its ledger is written when its state is saved, so there is nothing to judge yet";
  if (const std::string aside = superseded_note(run); !aside.empty()) {
    return "There is nothing to judge yet: " + aside + ".";
  }
  if (!is_taken(run / kStatusFile)) return "This run has taken no training step yet" + only + ".";
  const StatusRecord status = read_status(run);
  using State = StatusRecord::State;
  std::string words = status.state == State::failed        ? "This run failed"
                      : status.state == State::interrupted ? "This run was interrupted"
                      : FolderLock::is_held(run)           ? "This run goes on"
                                                           : "This run was cut off";
  if (const auto& progress = status.progress) {
    words += " in phase " + progress->phase + ", behind step " + std::to_string(progress->step) +
             " of " + std::to_string(progress->steps);
  }
  if (!status.message.empty()) words += " (" + status.message + ")";
  return words + only + ".";
}

/// Sets that some column took as a positive target although they are protected.
int64_t count_violations(const Value& sets) {
  const Value::List& list = sets.as_list();
  return std::count_if(list.begin(), list.end(),
                       [](const Value& set) { return set.boolean("violated"); });
}

/// The experiment of a run, as far as it can be composed with the plugins that the user named.
struct JudgedExperiment {
  std::optional<Composition> whole;
  Slot<Task> task;   ///< of the whole, or all that is known
  Lineage phases;    ///< in their order
  std::string note;  ///< why it is not whole; "" where it is

  const TaskFacts* facts() const { return task ? &task.facts() : nullptr; }
};

JudgedExperiment read_experiment(const fs::path& run, const Registry& registry) {
  Diagnostics diagnostics;
  const Value experiment = load_experiment(run / kConfigFile, {}, diagnostics);
  if (!experiment.is_map()) throw InvalidExperiment(diagnostics.sorted());
  JudgedExperiment judged;
  std::vector<std::string> unknown;
  judged.whole = compose_judged(experiment, registry, diagnostics, unknown);
  if (judged.whole) {
    judged.task = judged.whole->task;
    return judged;
  }
  const std::string absent = about_absent_plugins(experiment, unknown, registry);
  if (absent.empty()) throw InvalidExperiment(diagnostics.sorted());
  for (const Value& phase : experiment.find_items("phases")) {
    judged.phases.declare(phase.find_text("name"), false);
  }
  Diagnostics ignored;
  judged.task = compose_task(experiment, registry, ignored);
  judged.note = "this run is judged by the names of its sets and the roles that " +
                std::string(judged.task ? "its task" : "its own ledger") +
                " gives them, not by its experiment: " + absent;
  return judged;
}

/// Judges the accounts of a ledger by the roles of the run's experiment.
class Auditor {
 public:
  Auditor(const fs::path& run, const JudgedExperiment& experiment, const Registry& registry)
      : run_(run), experiment_(experiment), registry_(registry) {
    if (!experiment.note.empty()) notes_.push_back(run.string() + ": " + experiment.note);
  }

  Value audit(const LedgerRecord& ledger) {
    int64_t inherited_steps = 0;
    for (const LedgerRecord::Inherited& inherited : ledger.inherited) {
      inherited_steps += inherited.steps;
      add_inherited(inherited, run_.string());
      // What was said when the run began: the rows may be gone, and not all of it is about rows.
      uncompared_.insert(inherited.uncompared.begin(), inherited.uncompared.end());
    }
    uncompared_.insert(ledger.notes.begin(), ledger.notes.end());
    note_references();
    Value sets = judge(ledger.columns, nullptr);
    int64_t declared = count_violations(sets);
    for (const Value& inherited : inherited_.as_list()) {
      declared += count_violations(inherited.at("sets"));
    }
    Value audit = Value::map();
    audit.set("never_pushed_up", ledger.pushed_up_steps == 0 && declared == 0);
    audit.set("protected_rows", ledger.protected_rows);
    const TaskFacts* facts = experiment_.facts();
    audit.set("protected_sets", facts ? protected_sets(*facts) : Value());
    audit.set("where", facts ? where_protected(*facts) : "");
    audit.set("protected_uses", ledger.protected_uses ? Value(*ledger.protected_uses) : Value());
    audit.set("declared_positive", declared);
    audit.set("pushed_up_steps", ledger.pushed_up_steps);
    audit.set("steps", ledger.steps);
    audit.set("inherited_steps", inherited_steps);
    const auto& first = ledger.first_pushed_up;
    audit.set("first_pushed_up", first ? first->to_value() : Value());
    audit.set("sets", std::move(sets));
    audit.set("inherited", std::move(inherited_));
    for (const std::string& note : uncompared_) notes_.push_back(note);
    if (const std::string control = ledger.control.text(); !control.empty()) {
      notes_.push_back(control);
    }
    audit.set("notes", std::move(notes_));
    return audit;
  }

 private:
  /// What the run `heir` took over from another, behind what that one took over itself.
  void add_inherited(const LedgerRecord::Inherited& entry, const std::string& heir) {
    for (const LedgerRecord::Inherited& further : entry.inherited) {
      add_inherited(further, entry.run);
    }
    Value inherited = Value::map();
    inherited.set("run", entry.run);
    inherited.set("phase", entry.phase);
    inherited.set("heir", heir);
    inherited.set("into", entry.into);
    inherited.set("steps", entry.steps);
    inherited.set("pushed_up_steps", entry.pushed_up_steps);
    inherited.set("sets", judge_inherited(entry));
    inherited_.push_back(std::move(inherited));
  }

  Value judge_inherited(const LedgerRecord::Inherited& entry) {
    try {
      make_watched();
      Ancestor ancestor(WeightsRef{entry.phase, entry.run}, registry_);
      ancestor.require(entry);
      ancestor.require_tokens_of(tokenizer_.get());
      return judge(entry.columns, &ancestor);
    } catch (const Error& unreadable) {
      notes_.push_back(
          "what was inherited from " + entry.run +
          " is judged by the names of its sets, not by its rows: " + unreadable.what());
      return judge(entry.columns, nullptr);
    }
  }

  /// What was compared with another run's weights is not inherited from it, but depends on them.
  void note_references() {
    if (!experiment_.whole) return;
    const std::vector<ComposedPhase>& phases = experiment_.whole->phases;
    for (const WeightsRef& origin : reference_weights(*experiment_.whole)) {
      if (origin.run.empty() || !is_taken(origin.run)) continue;
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

  void make_watched() {
    if (watched_) return;
    if (!experiment_.whole) throw Error(run_.string() + ": its own rows are not known");
    const Composition& composition = *experiment_.whole;
    tokenizer_ = load_tokenizer_of(composition, registry_);
    SilentInstances quiet(composition, registry_, tokenizer_);
    watched_.emplace(composition, *quiet.instances().make<Task>(*composition.task));
  }

  /// Whether the experiment's roles forbid to push this account's rows up. Another run may call
  /// the same rows by another name, and others by the same.
  bool is_protected(const LedgerRecord::Column& column, const LedgerRecord::Account& account,
                    Ancestor* ancestor) {
    if (ancestor) {
      return ancestor->find_protected(watched_->guarded, column, account, uncompared_).has_value();
    }
    if (experiment_.whole) return forbids_positive(*experiment_.whole, column, account);
    const TaskFacts* task = experiment_.facts();
    if (task == nullptr) return account.role == Role::Kind::never_positive;
    const std::optional<RowsOf> rows = task->rows_named(account.set);
    if (!rows) return false;
    const Role& role = task->role_of(*rows);
    return role.forbids_positive(account.prefix) &&
           experiment_.phases.is_from(role.from, column.phase);
  }

  Value judge(const std::vector<LedgerRecord::Column>& columns, Ancestor* ancestor) {
    Value judged = Value::list();
    for (const LedgerRecord::Column& column : columns) {
      for (const LedgerRecord::Account& account : column.sets) {
        const bool is_guarded = is_protected(column, account, ancestor);
        const bool is_positive =
            ancestor ? ancestor->pushed_up(column, account) : column.declares_positive();
        Value entry = Value::map();
        entry.set("phase", column.phase);
        entry.set("term", column.term);
        entry.set("objective", column.objective);
        entry.set("column", column.column);
        entry.set("sign", word_of(column.declared));
        entry.set("set", account.set);
        entry.set("prefix", account.prefix);
        entry.set("protected", is_guarded);
        entry.set("violated", is_guarded && is_positive);
        entry.set("rows", account.rows);
        entry.set("pushed_up", account.pushed_up);
        entry.set("pushed_down", account.pushed_down);
        judged.push_back(std::move(entry));
      }
    }
    return judged;
  }

  const fs::path& run_;
  const JudgedExperiment& experiment_;
  const Registry& registry_;
  std::shared_ptr<const Tokenizer> tokenizer_;  ///< known where `watched_` is
  std::optional<WatchedRows> watched_;
  Value inherited_ = Value::list();
  Value notes_ = Value::list();
  std::set<std::string> uncompared_;  ///< about rows of ancestors
};

}  // namespace

Value Workbench::audit(const fs::path& run) const {
  state_->require_named_plugins();
  try {
    require_folder(run);
  } catch (const Error& unfit) {
    throw UsageError(std::string(unfit.what()) + "; name the folder of a run");
  }
  if (!is_run_directory(run) && !is_taken(run / kLedgerFile) && !is_taken(run / kConfigFile)) {
    throw UsageError(run.string() +
                     ": is no folder of a run, nor has it a ledger; name that of one");
  }
  if (const std::string aside = superseded_note(run);
      !aside.empty() && !is_taken(run / kConfigFile)) {
    throw UsageError(run.string() + ": " + aside);
  }
  const std::string unvouched = require_unaltered(run);
  // What is no run has no config.yaml either, and the ledger's reader says so.
  const bool finished = is_taken(run / kResultFile) || !is_taken(run / kConfigFile);
  const std::optional<LedgerRecord> ledger = ledger_of(run, finished);
  // Roles come from the experiment, not from the ledger that is being judged.
  const JudgedExperiment experiment = read_experiment(run, state_->registry);
  Value audit = Auditor(run, experiment, state_->registry).audit(ledger.value_or(LedgerRecord()));
  audit.set("directory", run.string());
  audit.set("unfinished", finished ? Value() : Value(unfinished_words(run, ledger.has_value())));
  if (!unvouched.empty()) audit.at("notes").push_back(unvouched);
  return audit;
}

}  // namespace leakprobe::host
