#include "run/ancestor.h"

#include <algorithm>
#include <filesystem>

#include "compose/compose.h"
#include "compose/settings.h"
#include "config/load_experiment.h"
#include "config/sentence.h"
#include "data/item_stream.h"
#include "data/prompts.h"
#include "evidence/ledger.h"
#include "evidence/trained_rows.h"
#include "instances/load_model.h"
#include "leakprobe/error.h"
#include "records/manifest.h"
#include "records/result_record.h"
#include "run/fresh_rows.h"
#include "run/identity.h"
#include "tokenizer/difference.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

Composition read_composition(const WeightsRef& origin, const Registry& registry) {
  const fs::path run = origin.run;
  require_vouched(origin);
  Diagnostics diagnostics;
  Value experiment = load_experiment(run / kConfigFile, {}, diagnostics);
  // Where its records went says nothing of its weights, so that their plugins need not be here.
  if (experiment.is_map()) experiment.erase("sinks");
  auto composition = compose(experiment, registry, diagnostics);
  if (composition) {
    const Changes changes = changes_since(run, identity_of(*composition, registry));
    if (!changes.experiment && !changes.files) return *std::move(composition);
    throw Error(run.string() + ": " + changes.text() +
                " since it ran, so that nobody knows what its weights were trained on");
  }
  const std::string unloaded = about_absent_plugins(experiment, {}, registry);
  throw Error(run.string() +
              ": its experiment cannot be read again, so that nobody knows what its weights "
              "were trained on: " +
              (unloaded.empty() ? sentence_of(diagnostics.sorted().front()) : unloaded));
}

/// nullptr where the phase has none of this name.
const ComposedTerm* term_called(const ComposedPhase& phase, const std::string& name) {
  const auto term = std::find_if(phase.terms.begin(), phase.terms.end(),
                                 [&](const ComposedTerm& each) { return each.term.name == name; });
  return term == phase.terms.end() ? nullptr : &*term;
}

}  // namespace

Ancestor::Ancestor(const WeightsRef& origin, const Registry& registry)
    : origin_(origin),
      registry_(registry),
      composition_(read_composition(origin, registry)),
      ledger_(read_ledger(origin.run)) {
  for (std::string name = origin.phase; name != "initial";) {
    const ComposedPhase* phase = composition_.find_phase(name);
    if (!phase) throw Error(origin.run + ": this run has no phase '" + name + "'");
    lineage_.insert(name);
    if (!phase->from.run.empty()) break;
    name = phase->from.phase;
  }
}

LedgerRecord::Inherited Ancestor::inherited(const std::string& into) const {
  LedgerRecord::Inherited record;
  record.into = into;
  record.run = origin_.run;
  record.digest = composition_.digest;
  record.seed = static_cast<int64_t>(composition_.seed);
  record.phase = origin_.phase;
  for (const LedgerRecord::PhaseCounts& counts : ledger_.phases) {
    if (!is_in_lineage(counts.phase)) continue;
    record.steps += counts.steps;
    record.pushed_up_steps += counts.pushed_up_steps;
  }
  for (const LedgerRecord::Column& column : ledger_.columns) {
    if (is_in_lineage(column.phase)) record.columns.push_back(column);
  }
  for (const LedgerRecord::Inherited& further : ledger_.inherited) {
    if (!is_in_lineage(further.into)) continue;
    record.steps += further.steps;
    record.pushed_up_steps += further.pushed_up_steps;
    record.inherited.push_back(further);
  }
  return record;
}

void Ancestor::require(const LedgerRecord::Inherited& inherited) const {
  if (inherited.digest == composition_.digest &&
      inherited.seed == static_cast<int64_t>(composition_.seed)) {
    return;
  }
  throw Error("that folder now holds a run of another configuration or seed");
}

void Ancestor::require_tokens_of(const Tokenizer* heir) {
  const std::string difference = difference_between(quiet().tokenizer(), heir);
  if (difference.empty()) return;
  throw Error(origin_.run +
              ": what starts from this run has another tokenizer, so that nobody can " +
              "compare their rows: " + difference);
}

SilentInstances& Ancestor::quiet() {
  if (!quiet_) quiet_.emplace(composition_, registry_, load_tokenizer_of(composition_, registry_));
  return *quiet_;
}

const Task& Ancestor::task() {
  if (!task_) task_ = quiet().instances().make<Task>(*composition_.task);
  return *task_;
}

const WatchedRows& Ancestor::own() {
  if (!watched_) watched_.emplace(composition_, task());
  return *watched_;
}

bool Ancestor::watched(const ProtectedRows& guarded, const std::string& phase,
                       const std::string& prefix) {
  std::optional<std::vector<int64_t>> prompt;
  try {
    prompt = bare_prompt(task(), composition_.task.facts(), prefix, composition_.seed);
  } catch (const Error&) {  // rows have prompts of their own: any may have been continued
  }
  return guarded.is_covered_by(own().guarded, phase, prompt);
}

std::optional<Ancestor::Shared> Ancestor::find_protected(const ProtectedRows& guarded,
                                                         const LedgerRecord::Column& column,
                                                         const LedgerRecord::Account& account,
                                                         std::set<std::string>& notes) {
  if (account.set == kSampled && account.pushed_up > 0 &&
      !watched(guarded, column.phase, account.prefix)) {
    notes.insert("the rows that phase '" + column.phase + "' of " + origin_.run + " sampled, " +
                 std::to_string(account.pushed_up) +
                 " of which it pushed up, could not be compared with those that may never be "
                 "pushed up: no run keeps them, and that one did not watch for all of these");
  }
  const SetFacts* set = set_of(account);
  if (guarded.size() == 0 || set == nullptr) return std::nullopt;
  if (!set->size && watched(guarded, column.phase, account.prefix)) return std::nullopt;
  std::optional<Shared> shared;
  const bool all = each_row(column, account, [&](int64_t index, const Row& row) {
    const std::vector<ProtectedRows::Found> found = guarded.find(row, "", "");
    if (!found.empty()) shared = {index, found.front().owner};
    return shared.has_value();
  });
  if (!all) notes.insert(left_out(column, account, "those that may never be pushed up"));
  return shared;
}

const SetFacts* Ancestor::set_of(const LedgerRecord::Account& account) const {
  const TaskFacts& facts = composition_.task.facts();
  const std::optional<RowsOf> rows = facts.rows_named(account.set);
  return rows ? facts.find(rows->set) : nullptr;
}

bool Ancestor::each_row(const LedgerRecord::Column& column, const LedgerRecord::Account& account,
                        const std::function<bool(int64_t index, const Row& row)>& take) {
  const TaskFacts& facts = composition_.task.facts();
  const SetFacts* set = set_of(account);
  if (!set->size) {
    const ComposedPhase* phase = composition_.find_phase(column.phase);
    const ComposedTerm* term = phase != nullptr ? term_called(*phase, column.term) : nullptr;
    return term != nullptr &&
           FreshRows{*phase, *term, task(), facts, composition_.seed}.each(
               column.column, account, steps_of(column.phase), kMostRowsCompared, take);
  }
  const bool counted = !account.counts.empty();  // none of a very large set: each row may be used
  if (counted && static_cast<int64_t>(account.counts.size()) != *set->size) {
    fail_at(account.place, "counts", "are of another set");
  }
  RowsOf rows = *facts.rows_named(account.set);
  rows.prefix = account.prefix;
  // A ledger without counts may be anybody's, and tell of a set that would take for ever.
  const int64_t end = counted ? *set->size : std::min(*set->size, kMostRowsCompared);
  for (int64_t i = 0; i < end; ++i) {
    if (counted && account.counts[static_cast<size_t>(i)] == 0) continue;
    if (take(i, set_row(task(), facts, rows, i, composition_.seed))) return true;
  }
  return end == *set->size;
}

std::string Ancestor::left_out(const LedgerRecord::Column& column,
                               const LedgerRecord::Account& account,
                               const std::string& with) const {
  const std::string compared = " were compared with " + with;
  const std::string most = std::to_string(kMostRowsCompared);
  if (const std::optional<int64_t> size = set_of(account)->size) {
    return "only " + most + " of the " + std::to_string(*size) + " rows of set '" + account.set +
           "' of " + origin_.run + compared;
  }
  const ComposedPhase* phase = composition_.find_phase(column.phase);
  const bool known = phase != nullptr && term_called(*phase, column.term) != nullptr;
  return "of the fresh rows of set '" + account.set + "' behind prefix '" + account.prefix +
         "' that term '" + column.term + "' in phase '" + column.phase + "' of " + origin_.run +
         " trained on, " + (known ? "only those among the first " + most : "none") + compared;
}

bool Ancestor::counted(const ControlRows& control) { return own().control.covers(control); }

void Ancestor::compare_control(const ControlRows& control, const LedgerRecord::Column& column,
                               const LedgerRecord::Account& account, Comparison& comparison) {
  if (account.pushed_up == 0 && account.pushed_down == 0) return;
  const std::string where = "phase '" + column.phase + "' of " + origin_.run;
  if (account.set == kSampled && !counted(control)) {
    comparison.uncompared.insert("what " + where +
                                 " sampled could not be compared with the control, of which it may "
                                 "hold rows: no run keeps it");
  }
  const SetFacts* set = set_of(account);
  if (set == nullptr || (!set->size && counted(control))) return;
  const bool all = each_row(column, account, [&](int64_t index, const Row& row) {
    const std::vector<Span> found = control.within(row);
    if (found.empty()) return false;
    const auto [begin, end] = found.front();
    comparison.control.push_back(
        "row " + std::to_string(index) + " of set '" + account.set + "', on which " + where +
        " trained, holds the secret of row " +
        std::to_string(*control.find(hash_of(row.tokens, begin, end))) +
        " of the control here, which is compared with as what was never trained");
    return true;
  });
  if (!all) comparison.uncompared.insert(left_out(column, account, "the control"));
}

int64_t Ancestor::steps_of(const std::string& phase) const {
  const auto counts = std::find_if(ledger_.phases.begin(), ledger_.phases.end(),
                                   [&](const auto& each) { return each.phase == phase; });
  return counts == ledger_.phases.end() ? 0 : counts->steps;
}

bool Ancestor::pushed_up(const LedgerRecord::Column& column,
                         const LedgerRecord::Account& account) const {
  if (column.declares_positive()) return true;
  const bool watched = forbids_positive(composition_, column, account);
  return !watched && account.pushed_up > 0;
}

Ancestor::Comparison Ancestor::compare(const WatchedRows& watched) {
  Comparison comparison;
  compare(watched, comparison);
  return comparison;
}

void Ancestor::compare(const WatchedRows& watched, Comparison& comparison) {
  const ProtectedRows& guarded = watched.guarded;
  const ControlRows& control = watched.control;
  if (read_result(origin_.run).verdict == Verdict::none) {
    comparison.uncompared.insert(origin_.run +
                                 " was made with --limit-steps: it is no result, and "
                                 "neither is what comes of its weights");
  }
  if (!control.empty() && ledger_.control.any() && counted(control)) {
    comparison.uncompared.insert("in " + origin_.run + " " + ledger_.control.text());
  }
  for (const std::string& note : ledger_.notes) {
    comparison.uncompared.insert("in " + origin_.run + " " + note);
  }
  for (const LedgerRecord::Column& column : ledger_.columns) {
    if (!is_in_lineage(column.phase)) continue;
    for (const LedgerRecord::Account& account : column.sets) {
      if (!control.empty()) compare_control(control, column, account, comparison);
      if (!pushed_up(column, account)) continue;
      const auto shared = find_protected(guarded, column, account, comparison.uncompared);
      if (!shared) continue;
      comparison.shared.push_back("row " + std::to_string(shared->index) + " of set '" +
                                  account.set + "', pushed up in phase '" + column.phase + "' of " +
                                  origin_.run + ", is in set '" + shared->owner->rows.name() +
                                  "' here, which may never be pushed up behind prefix '" +
                                  account.prefix + "'");
    }
  }
  for (const ComposedPhase& earlier : composition_.phases) {
    if (earlier.from.run.empty() || !is_in_lineage(earlier.name)) continue;
    Ancestor elder(earlier.from, registry_);
    elder.require_tokens_of(quiet().tokenizer());
    elder.compare(watched, comparison);
  }
}

}  // namespace leakprobe
