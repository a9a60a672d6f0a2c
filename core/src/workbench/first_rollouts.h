#pragma once

#include <functional>
#include <memory>
#include <string>

#include "compose/composition.h"
#include "evidence/ledger.h"
#include "instances/silent_instances.h"
#include "plugin/registry.h"
#include "step/policy.h"
#include "step/reference_store.h"
#include "step/term_runner.h"
#include "workbench/start_weights.h"

namespace leakprobe {

/// The rollouts with which an experiment's phases begin, without running it.
class FirstRollouts {
 public:
  /// Loads the model and makes its device ready. `warn` is told whose weights are not known. The
  /// arguments outlive the object.
  FirstRollouts(const Composition& composition, const Registry& registry,
                std::function<void(const std::string&)> warn);

  /// A term with rollouts that has drawn those of its phase's first step, with their advantages; to
  /// be used until the next call.
  std::unique_ptr<TermRunner> draw(const ComposedPhase& phase, const ComposedTerm& term);

 private:
  std::unique_ptr<Policy> policy_at(const WeightsRef& origin);

  const Composition& composition_;
  StartWeights weights_;
  SilentInstances quiet_;
  const std::shared_ptr<const Task> task_;
  Ledger ledger_;  ///< nobody reads it
  ReferenceStore references_;
  WeightsRef start_;  ///< what `policy_` holds
  std::unique_ptr<Policy> policy_;
};

}  // namespace leakprobe
