#include <algorithm>
#include <cmath>
#include <set>

#include "compose/cells.h"
#include "compose/columns.h"
#include "compose/sides.h"
#include "compose/words.h"
#include "conformance/laws.h"
#include "text/quote.h"

namespace leakprobe {
namespace {
namespace phase_laws {

constexpr const char* kHeader = "leakprobe/phase.h";

Plan plan_of(const Phase& phase, const TaskFacts& task) {
  return phase.plan({"phase", task, {"initial", "", {}}});
}

Plan plan_of(const Subject& subject) {
  return plan_of(*subject.registration.make_phase(subject.options), subject.task);
}

void ask(Phase& phase, const TaskFacts& task, Answers& answers) {
  const Plan plan = plan_of(phase, task);
  for (const Term& term : plan.terms) {
    answers.add("plan: term " + term.name, (term.objective ? term.objective->type : "") + " " +
                                               to_json(to_value(term.stream)) + " " +
                                               term.reference.phase + " " +
                                               to_json(term.batch ? Value(*term.batch) : Value()));
    answers.add("plan: the weight of term " + term.name, term.weight);
  }
  for (const Measurement& gate : plan.gates) {
    std::string text = gate.measure + " " + gate.term + " " + gate.not_applicable.value_or("");
    for (const Cell& cell : gate.cells) text += " " + cell.name() + " " + cell.prefix;
    if (gate.bound) text += " " + gate.bound->text();
    answers.add("plan: gate " + gate.name, text);
  }
}

/// Why the task cannot give a gate these rows; "" where it can.
std::string fault_of_rows(Cell cell, const TaskFacts& task) {
  std::string fault = take_apart(cell, task);
  if (fault.empty() && cell.items) fault = fault_of_part(*cell.items, task.at(cell.set)).what;
  return fault;
}

/// All rows that a gate reads: those measured and those that a difference takes off.
std::vector<Cell> rows_of(const Measurement& gate) {
  std::vector<Cell> cells = gate.cells;
  if (cells.empty()) return cells;
  for (const Minus& minus : taken_off(gate)) {
    if (!minus.rows && !minus.prefix) continue;
    Cell other = minus.rows.value_or(gate.cells.front());
    other.prefix = minus.prefix.value_or(gate.cells.front().prefix);
    cells.push_back(std::move(other));
  }
  return cells;
}

void check_gate(const Measurement& gate, const Plan& plan, const TaskFacts& task,
                Findings& findings) {
  findings.expect(!gate.name.empty() && gate.bound.has_value(),
                  "plan: a gate lacks its name or bound");
  if (gate.not_applicable) return;
  const std::string who = "plan: gate '" + gate.name + "' ";
  findings.expect(!gate.term.empty() || !gate.cells.empty(), who + "measures nothing");
  const auto is_its_term = [&](const Term& term) { return term.name == gate.term; };
  findings.expect(gate.term.empty() || std::ranges::any_of(plan.terms, is_its_term),
                  who + "reads the term '" + gate.term + "', which the plan does not have");
  for (const Cell& cell : rows_of(gate)) {
    const std::string fault = fault_of_rows(cell, task);
    if (findings.expect(fault.empty(), who + "measures rows that its task does not have: " + fault +
                                           "; the kit's has the sets " +
                                           enumerate(task.row_names()) + " and the prefixes " +
                                           enumerate(task.prefixes))) {
      continue;
    }
    return;
  }
}

/// Notes the names that are there twice.
void check_names(const std::vector<std::string>& names, const char* what, Findings& findings) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    findings.expect(seen.insert(name).second,
                    std::string("plan: two ") + what + " have the name " + quote(name));
  }
}

void terms(const Subject& subject, Findings& findings) {
  const Plan plan = plan_of(subject);
  std::vector<std::string> names;
  for (const Term& term : plan.terms) {
    names.push_back(term.name);
    findings.expect(!term.name.empty() && bool(term.objective) && !term.stream.columns.empty(),
                    "plan: a term lacks its name, objective or stream");
    findings.expect(std::isfinite(term.weight), "plan: a weight is not finite");
  }
  check_names(names, "terms", findings);
}

void gates(const Subject& subject, Findings& findings) {
  const Plan plan = plan_of(subject);
  std::vector<std::string> names;
  for (const Measurement& gate : plan.gates) {
    names.push_back(gate.name);
    check_gate(gate, plan, subject.task, findings);
  }
  check_names(names, "gates", findings);
}

void roles(const Subject& subject, Findings& findings) {
  const Plan plan = plan_of(subject);
  for (const Term& term : plan.terms) {
    if (!term.objective) continue;
    for (const PushedSource& pushed : pushed_sources(term)) {
      const Source& source = *pushed.source;
      const SetFacts* set = subject.task.find(source.set);
      if (set == nullptr) continue;
      const std::string who =
          "plan: term " + quote(term.name) + " takes rows of " + quote(source.name());
      if (!findings.expect(!set->is_control(), who + ", the control, which is in no loss"))
        continue;
      findings.expect(
          pushed.push != Push::up || !subject.task.role_of(source).forbids_positive(source.prefix),
          who + " and pushes them up, although their role forbids it");
    }
  }
}

}  // namespace phase_laws
}  // namespace

KindKit phase_kit() {
  using namespace phase_laws;
  return {
      {{{"terms",
         "Each term of a plan has a name of its own, an objective, a stream and a finite "
         "weight.",
         kHeader},
        terms},
       {{"gates",
         "Each gate has a name of its own and a bound, and reads rows of the task or a term of "
         "the plan.",
         "leakprobe/measure.h"},
        gates},
       {{"roles", "No term takes rows of the control, and none pushes up rows that may never be.",
         "leakprobe/task.h"},
        roles}},
      [](const Subject& subject) {
        Interview talk;
        talk.make = [&subject](const Context&) -> std::shared_ptr<void> {
          return subject.registration.make_phase(subject.options);
        };
        talk.ask = [&subject](void* instance, Answers& answers) {
          phase_laws::ask(*static_cast<Phase*>(instance), subject.task, answers);
        };
        return talk;
      }};
}

}  // namespace leakprobe
