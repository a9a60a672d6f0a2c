#include "run/weight_store.h"

#include <algorithm>

#include "leakprobe/error.h"

namespace leakprobe {

const WeightsRef& reference_of(const ComposedPhase& phase, const ComposedTerm& term) {
  return term.term.reference.phase.empty() ? phase.from : term.term.reference;
}

std::vector<ReadWeights> weights_read_by(const ComposedPhase& phase, const ComposedTerm& term) {
  std::vector<ReadWeights> read;
  if (term.term.objective.facts().needs_reference) {
    read.push_back({reference_of(phase, term), child_path(term.path, "reference")});
  }
  if (const std::optional<Rollout>& rollout = term.term.stream.rollout) {
    const WeightsRef& model = rollout->reward.facts().model;
    if (!model.phase.empty()) read.push_back({model, rollout->reward->path});
  }
  return read;
}

std::vector<WeightsRef> reference_weights(const Composition& composition) {
  std::vector<WeightsRef> origins;
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      for (const auto& [origin, path] : weights_read_by(phase, term)) {
        if (std::find(origins.begin(), origins.end(), origin) == origins.end()) {
          origins.push_back(origin);
        }
      }
    }
  }
  return origins;
}

bool needs_weights(const Composition& composition, const std::string& origin, size_t next) {
  for (size_t i = next; i < composition.phases.size(); ++i) {
    const ComposedPhase& phase = composition.phases[i];
    const std::string before = i == 0 ? "initial" : composition.phases[i - 1].name;
    if (phase.from.run.empty() && phase.from.phase == origin && origin != before) return true;
    for (const ComposedTerm& term : phase.terms) {
      for (const auto& [read, path] : weights_read_by(phase, term)) {
        if (read.run.empty() && read.phase == origin) return true;
      }
    }
  }
  return false;
}

void WeightStore::keep(const std::string& origin, size_t next, const LoadedModel& model) {
  std::erase_if(kept_,
                [&](const auto& entry) { return !needs_weights(composition_, entry.first, next); });
  if (needs_weights(composition_, origin, next)) put(origin, model.snapshot());
}

const WeightSnapshot& WeightStore::at(const std::string& origin) const {
  const auto found = kept_.find(origin);
  LEAKPROBE_CHECK(found != kept_.end(), "the weights of '" + origin + "' were not kept");
  return found->second;
}

}  // namespace leakprobe
