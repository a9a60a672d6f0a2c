#include "evidence/ledger.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "compose/columns.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "text/hex.h"

namespace leakprobe {
namespace {

/// Sets with this many rows or fewer list how often each row was used.
constexpr int64_t kCountedRows = 1'000'000;

}  // namespace

ProtectedRows::ProtectedRows(const Composition& composition, const Task& task)
    : composition_(composition) {
  const TaskFacts& facts = composition.task.facts();
  const std::string prefix = facts.first_prefix();
  for (const std::string& name : facts.row_names()) {
    RowsOf rows = *facts.rows_named(name);
    const SetFacts& set = *facts.find(rows.set);
    const Role& role = facts.role_of(rows);
    if (role.kind != Role::Kind::never_positive || !set.size) continue;
    owners_.push_back({rows, &role});
    rows.prefix = prefix;
    for (int64_t i = 0; i < *set.size; ++i) {
      const uint64_t id = set_row(task, facts, rows, i, composition.seed).id();
      const auto [begin, end] = by_id_.equal_range(id);
      if (begin == end) ++size_;
      if (std::any_of(begin, end,
                      [&](const auto& known) { return known.second == &owners_.back(); })) {
        continue;
      }
      by_id_.emplace(id, &owners_.back());
    }
  }
}

const ProtectedRows::Owner* ProtectedRows::find(uint64_t id, const std::string& prefix,
                                                const std::string& phase) const {
  const auto [begin, end] = by_id_.equal_range(id);
  const auto found = std::find_if(begin, end, [&](const auto& entry) {
    const Role& role = *entry.second->role;
    return role.forbids_positive(prefix) && composition_.is_from(role.from, phase);
  });
  return found == end ? nullptr : found->second;
}

void check_rows(const Composition& composition, const Task& task, Diagnostics& diagnostics) {
  const TaskFacts& facts = composition.task.facts();
  int64_t left = kMostRowsCompared;
  const ProtectedRows guarded(composition, task);
  if (guarded.size() == 0) return;
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      if (term.term.weight == 0) continue;
      const ObjectiveFacts& objective = term.term.objective.facts();
      for (const ColumnNeed& need : objective.columns) {
        if (push_of(need.sign, term.term.weight) == Push::down) continue;
        if (const StreamColumn* column = column_for(objective, need.name, term.term.stream)) {
          for (const Source& source : column->sources) {
            const SetFacts* set = facts.find(source.set);
            if (!set->size) continue;
            const int64_t begin = source.items ? (*source.items)[0] : 0;
            const int64_t all = source.items ? (*source.items)[1] : *set->size;
            const int64_t end = begin + std::min(all - begin, left);
            left -= end - begin;
            if (end < all) {
              diagnostics.warning(
                  source.place, term.path,
                  "only " + std::to_string(end - begin) + " of the " + std::to_string(all - begin) +
                      " rows of set '" + source.name() +
                      "' were compared with those that may never be positive targets",
                  "the ledger compares the others when a step trains on them");
            }
            for (int64_t i = begin; i < end; ++i) {
              const uint64_t id = set_row(task, facts, source, i, composition.seed).id();
              const auto* owner = guarded.find(id, source.prefix, phase.name);
              if (owner == nullptr) continue;
              diagnostics.error(source.place, term.path,
                                "row " + std::to_string(i) + " of set '" + source.name() +
                                    "' is also in set '" + owner->rows.name() +
                                    "', which may never be a positive target behind prefix '" +
                                    source.prefix + "'",
                                "take the row out of one of the two sets");
              break;
            }
          }
        }
      }
    }
  }
}

bool declares_positive(const JsonValue& column) {
  return column.get_string("declared_sign") != "negative" && column.get_double("weight") != 0;
}

bool forbids_positive(const Composition& composition, const JsonValue& column,
                      const JsonValue& account) {
  const TaskFacts& facts = composition.task.facts();
  const std::optional<RowsOf> rows = facts.rows_named(account.get_string("set"));
  if (!rows) return false;
  const Role& role = facts.role_of(*rows);
  return role.forbids_positive(account.get_string("prefix")) &&
         composition.is_from(role.from, column.get_string("phase"));
}

Ledger::Ledger(const Composition& composition, const Task& task)
    : facts_(composition.task.facts()), protected_(composition, task) {}

size_t Ledger::open(const ComposedPhase& phase, const ComposedTerm& term, const std::string& column,
                    Sign declared) {
  for (size_t i = 0; i < columns_.size(); ++i) {  // after a resume it is there already
    const Column& known = columns_[i];
    if (known.phase == phase.name && known.term == term.term.name && known.column == column) {
      return i;
    }
  }
  columns_.push_back({phase.name,
                      term.term.name,
                      term.term.objective->type,
                      column,
                      word_of(turned(declared, term.term.weight)),
                      term.term.weight,
                      {}});
  return columns_.size() - 1;
}

void Ledger::record(size_t column, const RowOrigin& origin, const Row& row, double gradient) {
  const Source& source = *origin.source;
  Account& account = columns_[column].accounts[{source.name(), source.prefix}];
  if (account.rows == 0) {
    account.set = source.name();
    account.role = word_of(facts_.role_of(source).kind);
    account.prefix = source.prefix;
    if (origin.set->size && *origin.set->size <= kCountedRows) {
      account.counts.resize(static_cast<size_t>(*origin.set->size));
    }
  }
  const uint64_t id = row.id();
  ++account.rows;
  account.gradient += gradient;
  (gradient < 0 ? account.pushed_up : account.pushed_down) += gradient == 0 ? 0 : 1;
  if (!account.counts.empty()) {
    ++account.counts[static_cast<size_t>(origin.index)];
  } else {
    account.digest = XXH3_64bits_withSeed(&id, sizeof id, account.digest);
  }
  if (const auto* owner = protected_.find(id, source.prefix, columns_[column].phase)) {
    ++protected_uses_;
    Net& net = step_[{id, source.prefix}];
    net.gradient += gradient;
    net.owner = owner;
    net.column = column;
  }
}

void Ledger::end_step(const std::string& phase, int64_t step) {
  if (phases_.empty() || phases_.back().phase != phase) phases_.push_back({phase, 0, 0});
  ++steps_;
  ++phases_.back().steps;
  const auto pushed = std::find_if(step_.begin(), step_.end(),
                                   [](const auto& entry) { return entry.second.gradient < 0; });
  if (pushed != step_.end()) {
    ++pushed_up_steps_;
    ++phases_.back().pushed_up_steps;
    if (!first_) {
      const auto& [key, net] = *pushed;
      const Column& column = columns_[net.column];
      first_ = Violation{column.phase, column.term, net.owner->rows.name(), key.second, step};
    }
  }
  step_.clear();
}

void Ledger::inherit(const std::string& into, const Value& ancestor) {
  steps_ += ancestor.integer("steps");
  pushed_up_steps_ += ancestor.integer("pushed_up_steps");
  Value entry = Value::map();
  entry.set("into", into);
  for (const Value::Entry& member : ancestor.entries()) entry.set(member.key, member.value);
  inherited_.push_back(std::move(entry));
}

int64_t Ledger::inherited_steps() const {
  int64_t steps = 0;
  for (const Value& entry : inherited_) steps += entry.integer("steps");
  return steps;
}

double Ledger::pushed_up_share() const {
  return steps_ == 0 ? 0.0 : static_cast<double>(pushed_up_steps_) / static_cast<double>(steps_);
}

Value Ledger::report() const {
  Value report = Value::map();
  report.set("version", 1);
  report.set("protected_rows", static_cast<int64_t>(protected_.size()));
  report.set("steps", steps_);
  report.set("pushed_up_steps", pushed_up_steps_);
  report.set("protected_uses", protected_uses_);
  if (first_) {
    Value first = Value::map();
    first.set("phase", first_->phase);
    first.set("step", first_->step);
    first.set("term", first_->term);
    first.set("set", first_->set);
    first.set("prefix", first_->prefix);
    report.set("first_pushed_up", std::move(first));
  }
  Value columns = Value::list();
  for (const Column& column : columns_) {
    Value entry = Value::map();
    entry.set("phase", column.phase);
    entry.set("term", column.term);
    entry.set("objective", column.objective);
    entry.set("column", column.column);
    entry.set("declared_sign", column.sign);
    entry.set("weight", column.weight);
    Value sets = Value::list();
    for (const auto& [key, account] : column.accounts) {
      Value set = Value::map();
      set.set("set", account.set);
      set.set("role", account.role);
      set.set("prefix", account.prefix);
      set.set("rows", account.rows);
      set.set("pushed_up", account.pushed_up);
      set.set("pushed_down", account.pushed_down);
      set.set("gradient", account.gradient);
      if (account.counts.empty()) {
        set.set("digest", to_hex(account.digest));
      } else {
        Value counts = Value::list();
        for (const int64_t count : account.counts) counts.push_back(count);
        set.set("counts", std::move(counts));
      }
      sets.push_back(std::move(set));
    }
    entry.set("sets", std::move(sets));
    columns.push_back(std::move(entry));
  }
  report.set("columns", std::move(columns));
  Value phases = Value::list();
  for (const PhaseCounts& counts : phases_) {
    Value entry = Value::map();
    entry.set("phase", counts.phase);
    entry.set("steps", counts.steps);
    entry.set("pushed_up_steps", counts.pushed_up_steps);
    phases.push_back(std::move(entry));
  }
  report.set("phases", std::move(phases));
  report.set("inherited", Value(inherited_));
  return report;
}

void Ledger::restore(const JsonValue& report) {
  steps_ = report.get_int("steps", 0);
  pushed_up_steps_ = report.get_int("pushed_up_steps", 0, steps_);
  protected_uses_ = report.find_int("protected_uses", 0).value_or(0);
  step_.clear();
  first_.reset();
  if (const auto first = report.find("first_pushed_up")) {
    first_ =
        Violation{first->get_string("phase"), first->get_string("term"), first->get_string("set"),
                  first->get_string("prefix"), first->get_int("step")};
  }
  phases_.clear();
  const JsonValue phases = report.at("phases");
  for (size_t i = 0; i < phases.size(); ++i) {
    phases_.push_back({phases[i].get_string("phase"), phases[i].get_int("steps"),
                       phases[i].get_int("pushed_up_steps")});
  }
  inherited_.clear();
  const JsonValue inherited = report.at("inherited");
  for (size_t i = 0; i < inherited.size(); ++i) {
    inherited[i].get_int("steps", 0);
    inherited_.push_back(to_value(inherited[i]));
  }
  columns_.clear();
  const JsonValue columns = report.at("columns");
  for (size_t c = 0; c < columns.size(); ++c) {
    const JsonValue entry = columns[c], sets = entry.at("sets");
    Column column{entry.get_string("phase"),
                  entry.get_string("term"),
                  entry.get_string("objective"),
                  entry.get_string("column"),
                  entry.get_string("declared_sign"),
                  entry.get_double("weight"),
                  {}};
    for (size_t s = 0; s < sets.size(); ++s) {
      Account account = account_from(sets[s], facts_);
      std::pair key{account.set, account.prefix};
      column.accounts.emplace(std::move(key), std::move(account));
    }
    columns_.push_back(std::move(column));
  }
}

Ledger::Account Ledger::account_from(const JsonValue& set, const TaskFacts& facts) {
  Account account;
  account.set = set.get_string("set");
  account.role = set.get_string("role");
  account.prefix = set.get_string("prefix");
  account.rows = set.get_int("rows", 1);
  account.pushed_up = set.get_int("pushed_up", 0);
  account.pushed_down = set.get_int("pushed_down", 0);
  account.gradient = set.get_double("gradient");
  if (const auto digest = set.find_string("digest")) {
    const auto number = from_hex(*digest);
    if (!number) set.at("digest").fail("is no number of 16 hexadecimal digits");
    account.digest = *number;
  }
  const std::optional<RowsOf> rows = facts.rows_named(account.set);
  const SetFacts* known = rows ? facts.find(rows->set) : nullptr;
  const bool counted = known && known->size && *known->size <= kCountedRows;
  const auto counts = set.find("counts");
  if (counts.has_value() != counted ||
      (counts && counts->size() != static_cast<size_t>(*known->size))) {
    set.fail("is not of the task's set of this name");
  }
  for (size_t i = 0; counts && i < counts->size(); ++i) {
    account.counts.push_back((*counts)[i].as_int(0));
  }
  return account;
}

}  // namespace leakprobe
