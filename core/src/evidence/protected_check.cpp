#include "evidence/protected_check.h"

#include <algorithm>
#include <string>

#include "data/item_stream.h"

namespace leakprobe {
namespace {

std::string same_tokens(const std::string& known, const std::string& prefix) {
  return known + "', and prefix '" + prefix + "' is the same tokens";
}

std::string own_texts(const std::string& known, const std::string& prefix) {
  return "give prefixes '" + known + "' and '" + prefix + "' texts of their own";
}

/// What is wrong with pushing up `row`, which stands behind `prefix`, as what follows its name.
std::string collision(const ProtectedRows::Found& found, const Row& row,
                      const std::string& prefix) {
  const bool is_whole =
      found.tokens.begin == row.secret.begin && found.tokens.end == row.secret.end;
  const std::string text = (is_whole ? " is also in set '" : " holds a secret of set '") +
                           found.owner->rows.name() +
                           "', which may never be a positive target behind prefix '";
  if (found.prefix == nullptr || *found.prefix == prefix) return text + prefix + "'";
  return text + same_tokens(*found.prefix, prefix);
}

std::string remedy(const ProtectedRows::Found& found, const Source& source) {
  if (found.prefix == nullptr || found.owner->rows.name() != source.name()) {
    return "take the row out of one of the two sets";
  }
  return own_texts(*found.prefix, source.prefix);
}

}  // namespace

bool ProtectedCheck::looks_at(const TrainedRows::Use& use) const {
  return use.push == Push::up && !done_.contains(&use);
}

bool ProtectedCheck::looks_at(const TrainedRows& rows) const {
  return guarded_.size() > 0 &&
         std::ranges::any_of(rows.uses, [&](const auto& use) { return looks_at(use); });
}

void ProtectedCheck::look(const TrainedRows& rows, int64_t index, const Row& row) {
  for (const TrainedRows::Use& use : rows.uses) {
    if (!looks_at(use)) continue;
    const auto found = guarded_.find(row, rows.rows.prefix, use.phase->name);
    if (found.empty()) continue;
    done_.insert(&use);
    diagnostics_.error(use.source->place, use.term->path,
                       "row " + std::to_string(index) + " of set '" + rows.rows.name() + "'" +
                           collision(found.front(), row, rows.rows.prefix),
                       remedy(found.front(), *use.source));
  }
}

void ProtectedCheck::miss(const TrainedRows& rows, int64_t shown) {
  for (const TrainedRows::Use& use : rows.uses) {
    if (!looks_at(use)) continue;
    diagnostics_.warning(use.source->place, use.term->path,
                         "only " + std::to_string(shown) + " of the " +
                             std::to_string(rows.end - rows.begin) + " rows of set '" +
                             rows.rows.name() +
                             "' were compared with those that may never be positive targets",
                         "the ledger compares the others when a step trains on them");
  }
}

void check_fresh_rows(const Composition& composition, const Task& task,
                      const ProtectedRows& guarded, Diagnostics& diagnostics) {
  const TaskFacts& facts = composition.task.facts();
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      for (const auto& [source, push] : pushed_sources(term.term)) {
        const Role& role = facts.role_of(*source);
        if (push != Push::up || facts.at(source->set).size || role.prefixes.empty()) continue;
        const Row row = set_row(task, facts, *source, 0, composition.seed);
        const int64_t begin = row.secret.begin;
        if (!guarded.forbids(role, row, begin, source->prefix, phase.name)) continue;
        const std::string& known = *guarded.behind(role, row, begin, source->prefix);
        diagnostics.error(source->place, term.path,
                          "rows of set '" + source->name() +
                              "' may never be positive targets behind prefix '" +
                              same_tokens(known, source->prefix),
                          own_texts(known, source->prefix));
      }
    }
  }
}

}  // namespace leakprobe
