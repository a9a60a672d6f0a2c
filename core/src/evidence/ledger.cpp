#include "evidence/ledger.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <numeric>

#include "compose/columns.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// Sets with this many rows or fewer list how often each row was used.
constexpr int64_t kCountedRows = 1'000'000;

/// Whether one of an account's rows, which are of the cell's set, is of its part of it.
bool has_rows_of(const LedgerRecord::Account& account, const Cell& cell) {
  if (!cell.items || account.counts.empty()) return true;
  const auto [from, to] = *cell.items;
  const auto counts = account.counts.begin();
  return std::any_of(counts + from, counts + to, [](int64_t count) { return count > 0; });
}

}  // namespace

bool forbids_positive(const Composition& composition, const LedgerRecord::Column& column,
                      const LedgerRecord::Account& account) {
  const TaskFacts& facts = composition.task.facts();
  const std::optional<RowsOf> rows = facts.rows_named(account.set);
  if (!rows) return false;
  const Role& role = facts.role_of(*rows);
  return role.forbids_positive(account.prefix) && composition.is_from(role.from, column.phase);
}

Ledger::Ledger(const Composition& composition, std::shared_ptr<const WatchedRows> watched)
    : composition_(composition), facts_(composition.task.facts()), watched_(std::move(watched)) {
  LEAKPROBE_CHECK(watched_ != nullptr, "nobody made the rows by which a run is judged");
}

size_t Ledger::open(const ComposedPhase& phase, const ComposedTerm& term, const std::string& column,
                    Sign declared) {
  for (size_t i = 0; i < columns_.size(); ++i) {  // after a resume it is there already
    const LedgerRecord::Column& known = columns_[i].facts;
    if (known.phase == phase.name && known.term == term.term.name && known.column == column) {
      return i;
    }
  }
  columns_.push_back({{phase.name,
                       term.term.name,
                       term.term.objective->type,
                       column,
                       turned(declared, term.term.weight),
                       term.term.weight,
                       {}},
                      {}});
  return columns_.size() - 1;
}

void Ledger::record(size_t column, const RowOrigin& origin, const Row& row,
                    std::span<const double> gradients) {
  const Source& source = *origin.source;
  LedgerRecord::Account& account = columns_[column].accounts[{source.name(), source.prefix}];
  if (account.rows == 0) {
    account.set = source.name();
    account.prefix = source.prefix;
    if (!origin.is_sampled()) account.role = facts_.role_of(source).kind;
    if (!origin.is_sampled() && origin.set->size && *origin.set->size <= kCountedRows) {
      account.counts.resize(static_cast<size_t>(*origin.set->size));
    }
  }
  const double gradient = std::accumulate(gradients.begin(), gradients.end(), 0.0);
  ++account.rows;
  account.gradient += gradient;
  (gradient < 0 ? account.pushed_up : account.pushed_down) += gradient == 0 ? 0 : 1;
  if (!account.counts.empty()) {
    ++account.counts[static_cast<size_t>(origin.index)];
  } else {
    const uint64_t id = row.id();
    account.digest = XXH3_64bits_withSeed(&id, sizeof id, account.digest);
  }
  for (const Span& tokens : watched_->control.within(row)) {
    control_.add(gradient_of(tokens, row, gradients));
  }
  const auto use = [&](const std::string& set, Span tokens, uint64_t id, uint64_t context) {
    ++protected_uses_;
    Net& net = step_[{id, context}];
    net.gradient += gradient_of(tokens, row, gradients);
    net.set = set;
    net.column = column;
    net.prefix = source.prefix;
  };
  const std::string& phase = columns_[column].facts.phase;
  if (origin.is_sampled() || !origin.set->size) note_hidden(row, source.prefix, phase, gradient);
  bool is_known = false;
  for (const auto& found : guarded().find(row, source.prefix, phase)) {
    use(found.owner->rows.name(), found.tokens, found.id, found.context);
    is_known =
        is_known || (found.tokens.begin == row.secret.begin && found.tokens.end == row.secret.end);
  }
  // Rows that are drawn anew each time, and those whose tokens depend on what stands before them,
  // are known by the set that they come under.
  if (origin.is_sampled() || is_known || !is_seen(row.secret, row)) return;
  const int64_t begin = row.secret.begin;
  if (guarded().forbids(facts_.role_of(source), row, begin, source.prefix, phase)) {
    use(source.name(), row.secret, row.id(), hash_of(row.tokens, 0, begin));
  }
}

void Ledger::note_hidden(const Row& row, const std::string& prefix, const std::string& phase,
                         double gradient) {
  if (watched_->texts == nullptr || gradient == 0) return;
  for (const SecretTexts::Secret* secret : watched_->texts->within(row)) {
    if (!watched_->hides(*secret, row, prefix, phase, gradient < 0)) continue;
    const std::string holds = secret->owner == nullptr
                                  ? " trained on rows whose text holds one of the control"
                                  : " pushed up rows whose text holds one of set '" +
                                        secret->owner->rows.name() +
                                        "', which may never be a positive target,";
    note("phase '" + phase + "'" + holds +
         " in other tokens than its own, so that they are not counted");
  }
}

bool Ledger::may_have_used(const Cell& cell) const {
  int64_t by_name = 0;
  for (const Column& column : columns_) {
    for (const auto& [key, account] : column.accounts) {
      if (account.role != Role::Kind::never_positive ||
          !forbids_positive(composition_, column.facts, account)) {
        continue;
      }
      if (account.set == cell.RowsOf::name() && has_rows_of(account, cell)) return true;
      by_name += account.rows;
    }
  }
  return protected_uses_ > by_name;
}

double Ledger::gradient_of(Span tokens, const Row& row, std::span<const double> gradients) {
  const auto scored = [&](int64_t begin, int64_t end) {
    return std::count(row.scored.begin() + begin, row.scored.begin() + end, 1);
  };
  const auto first = gradients.begin() + scored(0, tokens.begin);
  return std::accumulate(first, first + scored(tokens.begin, tokens.end), 0.0);
}

void Ledger::end_step(const std::string& phase, int64_t step) {
  if (phases_.empty() || phases_.back().phase != phase) phases_.push_back({phase});
  ++steps_;
  ++phases_.back().steps;
  const auto pushed = std::find_if(step_.begin(), step_.end(),
                                   [](const auto& entry) { return entry.second.gradient < 0; });
  if (pushed != step_.end()) {
    ++pushed_up_steps_;
    ++phases_.back().pushed_up_steps;
    if (!first_) {
      const Net& net = pushed->second;
      const LedgerRecord::Column& column = columns_[net.column].facts;
      first_ = LedgerRecord::Violation{column.phase, step, column.term, net.set, net.prefix};
    }
  }
  step_.clear();
}

void Ledger::inherit(LedgerRecord::Inherited ancestor) {
  steps_ += ancestor.steps;
  pushed_up_steps_ += ancestor.pushed_up_steps;
  inherited_.push_back(std::move(ancestor));
}

void Ledger::note(const std::string& sentence) {
  if (std::ranges::find(notes_, sentence) == notes_.end()) notes_.push_back(sentence);
}

int64_t Ledger::inherited_steps() const {
  int64_t steps = 0;
  for (const LedgerRecord::Inherited& entry : inherited_) steps += entry.steps;
  return steps;
}

std::vector<std::string> Ledger::uncompared() const {
  std::vector<std::string> all;
  for (const LedgerRecord::Inherited& entry : inherited_) {
    all.insert(all.end(), entry.uncompared.begin(), entry.uncompared.end());
  }
  all.insert(all.end(), notes_.begin(), notes_.end());
  return all;
}

double Ledger::pushed_up_share() const {
  return steps_ == 0 ? 0.0 : static_cast<double>(pushed_up_steps_) / static_cast<double>(steps_);
}

LedgerRecord Ledger::report() const {
  LedgerRecord report;
  report.protected_rows = static_cast<int64_t>(guarded().size());
  report.steps = steps_;
  report.pushed_up_steps = pushed_up_steps_;
  report.protected_uses = protected_uses_;
  report.first_pushed_up = first_;
  report.control = control_;
  for (const Column& column : columns_) {
    report.columns.push_back(column.facts);
    for (const auto& [key, account] : column.accounts) {
      report.columns.back().sets.push_back(account);
    }
  }
  report.phases = phases_;
  report.inherited = inherited_;
  report.notes = notes_;
  return report;
}

void Ledger::restore(const LedgerRecord& report) {
  steps_ = report.steps;
  pushed_up_steps_ = report.pushed_up_steps;
  protected_uses_ = report.protected_uses.value_or(0);
  step_.clear();
  first_ = report.first_pushed_up;
  control_ = report.control;
  phases_ = report.phases;
  inherited_ = report.inherited;
  notes_ = report.notes;
  columns_.clear();
  for (LedgerRecord::Column facts : report.columns) {
    Column& column = columns_.emplace_back();
    for (LedgerRecord::Account& account : std::exchange(facts.sets, {})) {
      require_own(account);
      std::pair key{account.set, account.prefix};
      column.accounts.emplace(std::move(key), std::move(account));
    }
    column.facts = std::move(facts);
  }
}

void Ledger::require_own(const LedgerRecord::Account& account) const {
  const std::optional<RowsOf> rows = facts_.rows_named(account.set);
  const SetFacts* known = rows ? facts_.find(rows->set) : nullptr;
  const bool is_counted = known && known->size && *known->size <= kCountedRows;
  const size_t expected = is_counted ? static_cast<size_t>(*known->size) : 0;
  if (account.counts.size() == expected) return;
  fail_at(account.place, "is not of the task's set of this name");
}

}  // namespace leakprobe
