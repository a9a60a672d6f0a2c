#include "workbench/first_rollouts.h"

#include <ATen/Parallel.h>

#include <utility>

#include "machine/device.h"
#include "plugin/guard.h"
#include "run/environment_report.h"
#include "run/term_maker.h"
#include "run/weight_store.h"
#include "step/pass_size.h"
#include "step/trainer.h"

namespace leakprobe {
namespace {

/// Computes as a run of it does, so that what it begins with are the same bits.
const Composition& prepared(const Composition& composition) {
  prepare_device(torch::Device(composition.device));
  at::set_num_threads(static_cast<int>(threads_of(composition)));
  return composition;
}

}  // namespace

FirstRollouts::FirstRollouts(const Composition& composition, const Registry& registry,
                             std::function<void(const std::string&)> warn)
    : composition_(prepared(composition)),
      weights_(composition, registry, std::move(warn)),
      quiet_(composition, registry, weights_.initial().tokenizer(), weights_.initial().device()),
      task_(quiet_.instances().make<Task>(*composition.task)),
      ledger_(composition, std::make_shared<const WatchedRows>(composition, *task_)),
      references_(reference_weights(composition),
                  [this](const WeightsRef& origin) { return policy_at(origin); }) {}

std::unique_ptr<Policy> FirstRollouts::policy_at(const WeightsRef& origin) {
  return std::make_unique<Policy>(weights_.at(origin), composition_.compute);
}

std::unique_ptr<TermRunner> FirstRollouts::draw(const ComposedPhase& phase,
                                                const ComposedTerm& term) {
  const Stage stage(phase.name, 0);
  if (!policy_ || !(start_ == phase.from)) {
    policy_ = policy_at(phase.from);
    start_ = phase.from;
  }
  const TermMaker maker{composition_, quiet_.instances(), references_, *policy_, *task_, ledger_};
  std::unique_ptr<TermRunner> runner = maker.make(phase, term);
  StepTimes ignored;
  runner->draw(0, ignored);
  observe({runner.get()}, *policy_, pass_size(composition_, phase, policy_->model.infos()),
          ignored);
  return runner;
}

}  // namespace leakprobe
