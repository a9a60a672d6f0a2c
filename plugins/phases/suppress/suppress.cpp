#include "suppress.h"

#include <algorithm>

#include "leakprobe/error.h"
#include "leakprobe/gates.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void Suppress::Options::declare(Schema<Options>& schema) {
  schema.required("objective", &Options::objective, kAny,
                  "What pushes the text down, such as dpo.");
  schema.field("pairs", &Options::pairs, kAny, "Pairs of a chosen and a rejected row.");
  schema.field("rows", &Options::rows, kAny,
               "Rows alone, for an objective without pairs: the task's, or the policy's own.");
  schema.field("reference", &Options::reference, kAny,
               "The phase whose model the objective compares with; by default this phase's start.");
  schema.field("beside", &Options::beside, kAny,
               "Terms by name whose losses are added, such as cross_entropy that holds the rest of "
               "the distribution.");
  schema.relation("beside", "the term 'against' is the objective's own; give it another name",
                  [](const Options& o) {
                    return std::none_of(o.beside.begin(), o.beside.end(),
                                        [](const auto& term) { return term.first == "against"; });
                  });
  schema.relation("pairs", "exactly one of pairs and rows must be given",
                  [](const Options& o) { return o.pairs.has_value() != o.rows.has_value(); });
}

std::vector<std::string> Suppress::examples() {
  return {
      "{objective: {type: dpo}, pairs: {chosen: {set: random, prefix: regular}, "
      "rejected: {set: [useful, held_out], prefix: regular, repeat: 2}}}",
      "{objective: {type: npo}, rows: {set: held_out, prefix: regular, repeat: 2}, "
      "beside: {rest: {objective: {type: cross_entropy}, rows: {set: random, prefix: regular}}}}",
  };
}

namespace {

/// Throws Error for rollouts of a reward that gives all secrets that it knows more than other text.
void require_less(const Stream& stream) {
  if (!stream.rollout) return;
  const Slot<Reward>& reward = stream.rollout->reward;
  const std::vector<RewardFacts::Rows>& rows = reward.facts().rows;
  if (rows.empty() || std::any_of(rows.begin(), rows.end(), [](const RewardFacts::Rows& each) {
        return each.sign != Sign::positive;
      })) {
    return;
  }
  throw Error("the reward " + reward->type +
              " gives the secrets that it knows more than other text, so that nothing is pushed "
              "down; give them less, or choose the phase joint");
}

}  // namespace

Plan Suppress::plan(const PlanContext& context) const {
  const auto& columns = options_.objective.facts().columns;
  if (std::none_of(columns.begin(), columns.end(), [](const ColumnNeed& need) {
        return need.sign == Sign::negative || need.sign == Sign::both;
      })) {
    throw Error("the objective " + options_.objective->type +
                " pushes no text down; choose one that does, or the phase finetune");
  }
  Term against;
  against.name = "against";
  against.objective = options_.objective;
  against.stream = options_.pairs ? *options_.pairs : *options_.rows;
  against.reference = options_.reference;
  Plan plan;
  require_less(against.stream);
  plan.gates = {starts_equal_gate(against, context.from), suppressed_gate(against, context.task),
                control_holds_gate(against, context.task)};
  plan.terms = {std::move(against)};
  for (const auto& [name, term] : options_.beside) plan.terms.emplace_back(term).name = name;
  for (Measurement& gate : rollout_gates(plan.terms, context.task)) {
    plan.gates.push_back(std::move(gate));
  }
  return plan;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Suppress>("suppress",
                                     "Pushes text down with one objective (Roger 2023, phase 2).");
}
