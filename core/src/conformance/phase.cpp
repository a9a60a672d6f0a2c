#include <algorithm>
#include <cmath>

#include "compose/cells.h"
#include "compose/sides.h"
#include "compose/words.h"
#include "conformance/findings.h"

namespace leakprobe {
namespace {

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

}  // namespace

void check_phase(const Subject& subject, const TaskFacts& task, Findings& findings) {
  const PlanContext context{"phase", task, {"initial", "", {}}};
  const Plan plan = subject.registration.make_phase(subject.options)->plan(context);
  std::vector<std::string> names;
  for (const Term& term : plan.terms) {
    names.push_back("term " + term.name);
    findings.expect(!term.name.empty() && bool(term.objective) && !term.stream.columns.empty(),
                    "plan: a term lacks its name, objective or stream");
    findings.expect(std::isfinite(term.weight), "plan: a weight is not finite");
  }
  for (const Measurement& gate : plan.gates) {
    names.push_back("gate " + gate.name);
    check_gate(gate, plan, task, findings);
  }
  std::vector<std::string> unique = names;
  std::sort(unique.begin(), unique.end());
  findings.expect(std::adjacent_find(unique.begin(), unique.end()) == unique.end(),
                  "plan: two terms or two gates have one name");
  const Plan again = subject.registration.make_phase(subject.options)->plan(context);
  findings.expect(
      again.terms.size() == plan.terms.size() && again.gates.size() == plan.gates.size(),
      "plan: differs when asked again");
}

}  // namespace leakprobe
