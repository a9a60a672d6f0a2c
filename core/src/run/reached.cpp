#include "run/reached.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compose/words.h"
#include "evidence/evaluator.h"
#include "format/add_count.h"

namespace leakprobe {
namespace {

class ReachedCheck {
 public:
  ReachedCheck(const Composition& composition, size_t phase, int64_t step)
      : composition_(composition), phase_(phase), step_(step) {}

  void check_ledger(const JsonValue& ledger) const {
    const JsonValue phases = ledger.at("phases");
    std::vector<const ComposedPhase*> trained;
    for (size_t p = 0; p < begun(); ++p) {
      const ComposedPhase& phase = composition_.phases[p];
      if (trains(phase)) trained.push_back(&phase);
    }
    if (phases.size() != trained.size()) phases.fail("are not those that were trained by then");
    int64_t steps = 0, pushed_up = 0;
    for (size_t p = 0; p < trained.size(); ++p) {
      const JsonValue entry = phases[p];
      if (entry.get_string("phase") != trained[p]->name) {
        entry.fail("is not of the phase that was trained then");
      }
      if (entry.get_int("pushed_up_steps", 0) > entry.get_int("steps", 1)) {
        entry.fail("has pushed up in more steps than it has");
      }
      const bool is_present = trained[p] == present();
      if (is_present ? entry.get_int("steps") != step_
                     : entry.get_int("steps") > trained[p]->steps) {
        entry.at("steps").fail("are not those that were trained by then");
      }
      add_count(steps, entry, "steps");
      add_count(pushed_up, entry, "pushed_up_steps");
    }
    const JsonValue inherited = ledger.at("inherited");
    for (size_t i = 0; i < inherited.size(); ++i) {
      add_count(steps, inherited[i], "steps");
      add_count(pushed_up, inherited[i], "pushed_up_steps");
    }
    if (steps != ledger.get_int("steps")) ledger.at("steps").fail("is not their sum");
    if (pushed_up != ledger.get_int("pushed_up_steps")) {
      ledger.at("pushed_up_steps").fail("is not their sum");
    }
    check_columns(ledger.at("columns"), trained);
  }

  void check_evidence(const JsonValue& evidence) const {
    const JsonValue all = evidence.at("series"), metrics = evidence.at("metrics");
    std::set<std::pair<std::vector<std::string>, std::string>> measured;
    for (size_t s = 0; s < all.size(); ++s) {
      std::vector<std::string> key;
      const JsonValue names = all[s].at("key");
      for (size_t i = 0; i < names.size(); ++i) key.push_back(names[i].as_string());
      for (const char* at : {"start", "end", "best"}) {
        if (all[s].has(at)) measured.insert({key, at});
      }
    }
    for (size_t p = 0; p < begun(); ++p) {
      const ComposedPhase& phase = composition_.phases[p];
      for (const ComposedProbe& probe : composition_.probes) {
        if (!measures_in(probe, phase)) continue;
        for (size_t c = 0; c < probe.cells.size(); ++c) {
          const Cell& cell = probe.cells[c];
          const auto require = [&](const char* at) {
            if (measured.count({{probe.name, phase.name, cell.name(), cell.prefix}, at}) > 0) {
              return;
            }
            all.fail("has no " + std::string(at) + " of probe " + probe.name + " in phase " +
                     phase.name);
          };
          if (p == 0 || phase.steps == 0 || reads_start(composition_, phase)) require("start");
          if (p < phase_ && (trains(phase) || phase.steps == 0)) require("end");
          const bool is_regular = probe.every > 0 && c < probe.regular_cells;
          if (is_regular && trains(phase)) require("best");
        }
      }
    }
    std::set<std::pair<std::string, std::string>> terms;
    for (size_t m = 0; m < metrics.size(); ++m) {
      terms.insert({metrics[m].get_string("phase"), metrics[m].get_string("term")});
    }
    for (size_t p = 0; p < begun(); ++p) {
      const ComposedPhase& phase = composition_.phases[p];
      if (!trains(phase)) continue;
      for (const ComposedTerm& term : phase.terms) {
        if (terms.count({phase.name, term.term.name}) > 0) continue;
        metrics.fail("has none of term " + term.term.name + " in phase " + phase.name);
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

  void check_columns(const JsonValue& columns,
                     const std::vector<const ComposedPhase*>& trained) const {
    std::set<std::vector<std::string>> counted;
    for (size_t c = 0; c < columns.size(); ++c) {
      if (columns[c].at("sets").size() == 0) continue;
      counted.insert({columns[c].get_string("phase"), columns[c].get_string("term"),
                      columns[c].get_string("column")});
    }
    for (const ComposedPhase* phase : trained) {
      for (const ComposedTerm& term : phase->terms) {
        if (term.term.weight == 0) continue;
        for (const ColumnNeed& need : term.term.objective.facts().columns) {
          if (counted.count({phase->name, term.term.name, need.name}) > 0) continue;
          columns.fail("has none of term " + term.term.name + " in phase " + phase->name);
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
                     const JsonValue& ledger, const JsonValue& evidence) {
  const ReachedCheck check(composition, phase, step);
  check.check_ledger(ledger);
  check.check_evidence(evidence);
}

}  // namespace leakprobe
