#include "joint.h"

#include "../gates.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void Joint::TermOptions::declare(Schema<TermOptions>& schema) {
  schema.required("objective", &TermOptions::objective, kAny, "What is done with the term's rows.");
  schema.field("pairs", &TermOptions::pairs, kAny, "Pairs of a chosen and a rejected row.");
  schema.field("rows", &TermOptions::rows, kAny, "Rows, for an objective without pairs.");
  schema.field("reference", &TermOptions::reference, kAny,
               "The phase whose model the objective compares with; by default this phase's start.");
  schema.field("weight", &TermOptions::weight, kAny, "Factor of the term's loss in the sum.");
  schema.field("batch", &TermOptions::batch, between(int64_t{1}, int64_t{1} << 40),
               "Items a step; by default as many as the phase takes.", "items");
  schema.relation("pairs", "exactly one of pairs and rows must be given",
                  [](const TermOptions& o) { return o.pairs.has_value() != o.rows.has_value(); });
}

void Joint::Options::declare(Schema<Options>& schema) {
  const Range<Named<TermOptions>> not_none = {
      [](const Named<TermOptions>& terms) { return !terms.empty(); },
      "a mapping with at least one term",
      Value::map(),
      {}};
  schema.required("terms", &Options::terms, not_none, "The terms by name; their losses are added.");
}

Plan Joint::plan(const PlanContext& context) const {
  Plan plan;
  for (const auto& [name, options] : options_.terms) {
    Term term;
    term.name = name;
    term.objective = options.objective;
    term.stream = options.pairs ? *options.pairs : *options.rows;
    term.reference = options.reference;
    term.weight = options.weight;
    term.batch = options.batch;
    plan.terms.push_back(std::move(term));
  }
  plan.gates = margin_gates(plan.terms);
  plan.gates.insert(plan.gates.begin(), recovered_gate(plan.terms, context.task));
  for (Measurement& gate : rollout_gates(plan.terms, context.task)) {
    plan.gates.push_back(std::move(gate));
  }
  return plan;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Joint>(
      "joint", "Trains on several weighted terms at once (Roger 2023, phase 3).");
}
