#include "evidence/rewarded_rows.h"

#include <algorithm>

#include "compose/columns.h"
#include "data/item_stream.h"
#include "data/prompts.h"
#include "data/secret_index.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {

/// What a term's reward goes by, without the rows that the term does not push up.
RewardFacts pushed_up(const Term& term) {
  RewardFacts facts = term.stream.rollout->reward.facts();
  std::erase_if(facts.rows, [&](const RewardFacts::Rows& rows) {
    return push_of(rows.sign, term.weight) != Push::up;
  });
  return facts;
}

class RewardedRows {
 public:
  RewardedRows(const Composition& composition, const Task& task, const ProtectedRows& guarded,
               Diagnostics& diagnostics)
      : composition_(composition),
        facts_(composition.task.facts()),
        task_(task),
        guarded_(guarded),
        diagnostics_(diagnostics) {}

  void check(const ComposedPhase& phase, const Term& term) const {
    const Rollout& rollout = *term.stream.rollout;
    const RewardFacts rewarded = pushed_up(term);
    if (rollout.planted == rollout.group || rewarded.rows.empty()) return;
    const SecretIndex secrets(rewarded, task_, facts_, composition_.seed);
    for (RowsOf rows : facts_.rows()) {
      rows.prefix = rollout.prefix;
      const Role::Kind role = facts_.role_of(rows).kind;
      if (role == Role::Kind::ordinary) continue;
      const int64_t size = facts_.at(rows.set).size.value_or(0);
      for (int64_t i = 0; i < size; ++i) {
        const Row row = set_row(task_, facts_, rows, i, composition_.seed);
        if (role == Role::Kind::never_positive && !guarded_.protects(rows, row, phase.name))
          continue;
        const std::vector<std::string> taken_for = secrets.find(secret_of(row), "");
        if (taken_for.empty()) continue;
        report(phase, term, row_text(rows, i), taken_for.front());
        break;
      }
    }
  }

 private:
  void report(const ComposedPhase& phase, const Term& term, const std::string& row,
              const std::string& other) const {
    const std::string reward = "reward " + term.stream.rollout->reward->type;
    diagnostics_.error(term.stream.place, term.stream.path,
                       row + " would be a positive target in phase " +
                           Value(phase.name).describe() + ", term " + Value(term.name).describe() +
                           " where the policy makes it: " + reward + " takes it for one of set " +
                           Value(other).describe() + ", and its own set's role forbids it",
                       "take the row out of one of the two sets, or let more tokens decide");
  }

  const Composition& composition_;
  const TaskFacts& facts_;
  const Task& task_;
  const ProtectedRows& guarded_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_rewarded_rows(const Composition& composition, const Task& task,
                         const ProtectedRows& guarded, Diagnostics& diagnostics) {
  const RewardedRows rows(composition, task, guarded, diagnostics);
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      if (term.term.stream.rollout) rows.check(phase, term.term);
    }
  }
}

}  // namespace leakprobe
