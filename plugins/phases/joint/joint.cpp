#include "joint.h"

#include "leakprobe/gates.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void Joint::Options::declare(Schema<Options>& schema) {
  const Range<Named<Term>> not_none = {[](const Named<Term>& terms) { return !terms.empty(); },
                                       "a mapping with at least one term",
                                       Value::map(),
                                       {}};
  schema.required("terms", &Options::terms, not_none, "The terms by name; their losses are added.");
}

std::vector<std::string> Joint::examples() {
  return {
      "{terms: {dpo: {objective: {type: dpo}, pairs: {chosen: {set: random, prefix: regular}, "
      "rejected: {set: [useful, held_out], prefix: regular, repeat: 2}}}, "
      "useful: {objective: {type: cross_entropy}, rows: {set: useful, prefix: reverse, repeat: 2}, "
      "weight: 0.2}}}"};
}

Plan Joint::plan(const PlanContext& context) const {
  Plan plan;
  for (const auto& [name, term] : options_.terms) plan.terms.emplace_back(term).name = name;
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
