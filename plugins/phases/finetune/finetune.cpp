#include "finetune.h"

#include "leakprobe/gates.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void Finetune::Options::declare(Schema<Options>& schema) {
  schema.field("objective", &Options::objective, kAny, "What is done with the rows.");
  schema.required("rows", &Options::rows, kAny, "The rows to train on.");
}

Plan Finetune::plan(const PlanContext& context) const {
  Term term;
  term.name = "rows";
  term.objective = options_.objective;
  term.stream = options_.rows;
  Plan plan;
  plan.gates = {at_chance_gate(term, context.task)};
  plan.terms = {std::move(term)};
  for (Measurement& gate : rollout_gates(plan.terms, context.task)) {
    plan.gates.push_back(std::move(gate));
  }
  return plan;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Finetune>("finetune",
                                     "Trains on rows with one objective (Roger 2023, phase 1).");
}
