#pragma once

#include <memory>

#include "compose/composition.h"
#include "evidence/ledger.h"
#include "instances/instances.h"
#include "step/policy.h"
#include "step/reference_store.h"
#include "step/term_runner.h"

namespace leakprobe {

/// Makes the terms of phases ready to be trained; what it refers to outlives them.
struct TermMaker {
  const Composition& composition;
  Instances& instances;
  ReferenceStore& references;
  const Policy& policy;
  const Task& task;
  Ledger& ledger;

  std::unique_ptr<TermRunner> make(const ComposedPhase& phase, const ComposedTerm& term) const;

 private:
  std::unique_ptr<Rollouts> rollouts(const ComposedTerm& term, const std::string& label) const;
};

}  // namespace leakprobe
