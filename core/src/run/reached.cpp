#include "run/reached.h"

#include <set>
#include <string>
#include <vector>

#include "compose/columns.h"
#include "compose/words.h"
#include "evidence/evaluator.h"

namespace leakprobe {
namespace {

class ReachedCheck {
 public:
  ReachedCheck(const Composition& composition, size_t phase, int64_t step)
      : composition_(composition), phase_(phase), step_(step) {}

  void check_ledger(const LedgerRecord& ledger) const {
    std::vector<const ComposedPhase*> trained;
    for (size_t p = 0; p < begun(); ++p) {
      const ComposedPhase& phase = composition_.phases[p];
      if (trains(phase)) trained.push_back(&phase);
    }
    if (ledger.phases.size() != trained.size()) {
      fail_at(ledger.place, "phases", "are not those that were trained by then");
    }
    int64_t steps = 0, pushed_up = 0;
    for (size_t p = 0; p < trained.size(); ++p) {
      const LedgerRecord::PhaseCounts& counts = ledger.phases[p];
      if (counts.phase != trained[p]->name) {
        fail_at(counts.place, "is not of the phase that was trained then");
      }
      const bool is_present = trained[p] == present();
      if (counts.steps == 0 ||
          (is_present ? counts.steps != step_ : counts.steps > trained[p]->steps)) {
        fail_at(counts.place, "steps", "are not those that were trained by then");
      }
      steps += counts.steps;
      pushed_up += counts.pushed_up_steps;
    }
    for (const LedgerRecord::Inherited& inherited : ledger.inherited) {
      steps += inherited.steps;
      pushed_up += inherited.pushed_up_steps;
    }
    if (steps != ledger.steps) fail_at(ledger.place, "steps", "is not their sum");
    if (pushed_up != ledger.pushed_up_steps) {
      fail_at(ledger.place, "pushed_up_steps", "is not their sum");
    }
    check_columns(ledger, trained);
  }

  void check_evidence(const Evidence& evidence, const Place& place) const {
    for (size_t p = 0; p < begun(); ++p) {
      const ComposedPhase& phase = composition_.phases[p];
      for (const ComposedProbe& probe : composition_.probes) {
        if (!measures_in(probe, phase)) continue;
        for (size_t c = 0; c < probe.cells.size(); ++c) {
          const auto require = [&](Endpoint at) {
            if (evidence.reading(probe.name, phase.name, probe.cells[c], at)) return;
            fail_at(place, "series",
                    std::string("has no ") + word_of(at) + " of probe " + probe.name +
                        " in phase " + phase.name);
          };
          if (p == 0 || phase.steps == 0 || reads_start(composition_, phase)) {
            require(Endpoint::start);
          }
          if (p < phase_ && (trains(phase) || phase.steps == 0)) require(Endpoint::end);
          const bool is_regular = probe.every > 0 && c < probe.regular_cells;
          if (is_regular && trains(phase)) require(Endpoint::maximum);
        }
      }
    }
    for (size_t p = 0; p < begun(); ++p) {
      const ComposedPhase& phase = composition_.phases[p];
      if (!trains(phase)) continue;
      for (const ComposedTerm& term : phase.terms) {
        if (evidence.has_metrics(phase.name, term.term.name)) continue;
        fail_at(place, "metrics", "has none of term " + term.term.name + " in phase " + phase.name);
      }
    }
  }

 private:
  /// Phases of which a step was made, or that are over.
  size_t begun() const { return step_ > 0 ? phase_ + 1 : phase_; }
  const ComposedPhase* present() const {
    return step_ > 0 ? &composition_.phases[phase_] : nullptr;
  }
  static bool trains(const ComposedPhase& phase) { return !phase.terms.empty() && phase.steps > 0; }
  static bool measures_in(const ComposedProbe& probe, const ComposedPhase& phase) {
    return probe.phases.empty() || contains(probe.phases, phase.name);
  }

  void check_columns(const LedgerRecord& ledger,
                     const std::vector<const ComposedPhase*>& trained) const {
    std::set<std::vector<std::string>> counted;
    for (const LedgerRecord::Column& column : ledger.columns) {
      if (!column.sets.empty()) counted.insert({column.phase, column.term, column.column});
    }
    for (const ComposedPhase* phase : trained) {
      for (const ComposedTerm& term : phase->terms) {
        if (term.term.weight == 0) continue;
        for (const ColumnNeed& need : term.term.objective.facts().columns) {
          // Of rollouts all sampled rows may have been cut so far.
          const std::string column = accounts_of(term.term, need).front().name;
          if (counted.count({phase->name, term.term.name, column}) > 0) continue;
          fail_at(ledger.place, "columns",
                  "has none of term " + term.term.name + " in phase " + phase->name);
        }
      }
    }
  }

  const Composition& composition_;
  const size_t phase_;
  const int64_t step_;
};

}  // namespace

void require_reached(const Composition& composition, size_t phase, int64_t step,
                     const LedgerRecord& ledger, const Evidence& evidence, const Place& place) {
  const ReachedCheck check(composition, phase, step);
  check.check_ledger(ledger);
  check.check_evidence(evidence, place);
}

}  // namespace leakprobe
