#include "evidence/control_rows.h"

#include <algorithm>
#include <set>
#include <string>

#include "compose/columns.h"
#include "data/item_stream.h"
#include "evidence/evaluator.h"
#include "evidence/ledger.h"

namespace leakprobe {
namespace {

class ControlCheck {
 public:
  ControlCheck(const Composition& composition, const Task& task, Diagnostics& diagnostics)
      : facts_(composition.task.facts()),
        task_(task),
        seed_(composition.seed),
        control_(composition, task),
        diagnostics_(diagnostics) {}

  void check(const ComposedPhase& phase) {
    if (control_.empty()) return;
    for (const ComposedTerm& term : phase.terms) {
      for (const auto& [source, push] : pushed_sources(term.term)) {
        if (push != Push::none) check(phase, term, *source);
      }
    }
  }

 private:
  void check(const ComposedPhase& phase, const ComposedTerm& term, const Source& source) {
    const SetFacts& set = facts_.at(source.set);
    if (!set.size || set.is_control() || !looked_at_.insert(source.name()).second) return;
    const auto [begin, all] = items_of(source, *set.size);
    const int64_t end = std::min(all, begin + left_);
    left_ -= end - begin;
    for (int64_t i = begin; i < end; ++i) {
      const Row row = set_row(task_, facts_, source, i, seed_);
      const std::vector<Span> found = control_.within(row);
      if (found.empty()) continue;
      const auto [from, to] = found.front();
      const int64_t* control = control_.find(hash_of(row.tokens, from, to));
      diagnostics_.error(
          source.place, term.path,
          "row " + std::to_string(i) + " of set '" + source.name() + "', on which phase '" +
              phase.name + "' trains, holds the secret of row " + std::to_string(*control) +
              " of the control, which is compared with as what was never trained",
          "take the row out of one of the two, make secrets longer, or have the task draw its sets "
          "apart where it can");
      return;
    }
  }

  const TaskFacts& facts_;
  const Task& task_;
  const uint64_t seed_;
  const ControlRows control_;
  Diagnostics& diagnostics_;
  std::set<std::string> looked_at_;  ///< one mistake a set is enough
  int64_t left_ = kMostRowsCompared;
};

}  // namespace

ControlRows::ControlRows(const Composition& composition, const Task& task) {
  const TaskFacts& facts = composition.task.facts();
  for (const ComposedProbe& probe : composition.probes) {
    for (const Cell& cell : probe.cells) {
      const SetFacts* set = facts.find(cell.set);
      if (set == nullptr || !set->is_control()) continue;
      const auto [begin, end] = rows_measured(probe, cell, *set);
      for (int64_t i = begin; i < end; ++i) {
        const Row row = set_row(task, facts, cell, i, composition.seed);
        if (row.secret.begin == row.secret.end) continue;
        by_id_.emplace(row.id(), i);
        lengths_.add(row);
      }
    }
  }
}

bool ControlRows::covers(const ControlRows& others) const {
  return std::ranges::all_of(others.by_id_,
                             [&](const auto& row) { return find(row.first) != nullptr; });
}

const int64_t* ControlRows::find(uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

std::vector<Span> ControlRows::within(const Row& row) const {
  std::vector<Span> all;
  lengths_.each(row, [&](const Span& tokens, uint64_t id) {
    if (find(id) != nullptr) all.push_back(tokens);
  });
  return all;
}

void check_control(const Composition& composition, const Task& task, Diagnostics& diagnostics) {
  ControlCheck control(composition, task, diagnostics);
  for (const ComposedPhase& phase : composition.phases) control.check(phase);
}

}  // namespace leakprobe
