#include "run/term_maker.h"

#include <utility>

#include "run/weight_store.h"

namespace leakprobe {

std::unique_ptr<TermRunner> TermMaker::make(const ComposedPhase& phase,
                                            const ComposedTerm& term) const {
  TermParts parts;
  parts.objective = instances.make<Objective>(*term.term.objective);
  if (term.term.objective.facts().needs_reference) {
    parts.reference = references.at(reference_of(phase, term));
  }
  const std::string label = phase.name + "/" + term.term.name;
  if (term.term.stream.rollout) {
    auto made = rollouts(term, label);
    parts.rollouts = made.get();
    parts.items = std::move(made);
  } else {
    parts.items =
        std::make_unique<ItemStream>(term, label, task, composition.task.facts(), composition.seed);
  }
  return std::make_unique<TermRunner>(phase, term, std::move(parts), ledger);
}

std::unique_ptr<Rollouts> TermMaker::rollouts(const ComposedTerm& term,
                                              const std::string& label) const {
  const Slot<Reward>& reward = term.term.stream.rollout->reward;
  RolloutParts parts{policy,
                     task,
                     composition.task.facts(),
                     composition.seed,
                     policy.model.tokenizer(),
                     instances.make<Reward>(*reward),
                     nullptr};
  const WeightsRef& model = reward.facts().model;
  if (!model.phase.empty()) parts.judge = references.at(model);
  return std::make_unique<Rollouts>(term, label, std::move(parts));
}

}  // namespace leakprobe
