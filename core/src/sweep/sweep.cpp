#include "leakprobe/host/sweep.h"

#include <utility>

#include "sweep/slurm.h"
#include "sweep/sweep_plan.h"
#include "sweep/sweep_runner.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {

struct Sweep::State {
  Settings settings;
  SweepOptions options;
  SweepPlan plan;
};

Sweep::Sweep(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sweep::~Sweep() = default;
Sweep::Sweep(Sweep&&) noexcept = default;

Value Sweep::plan() const { return state_->plan.to_value(); }

Value Sweep::run(const SweepObserver& observer) {
  return run_sweep(state_->plan, state_->settings, state_->options, observer);
}

Value Sweep::submit(const std::vector<std::string>& arguments) {
  return submit_sweep(state_->plan, state_->settings, arguments);
}

Sweep Workbench::sweep(const ExperimentFile& file, const SweepOptions& options) const {
  state_->require_named_plugins();
  return Sweep(std::make_unique<Sweep::State>(
      Sweep::State{state_->settings, options, plan_sweep(file, options, state_->registry)}));
}

}  // namespace leakprobe::host
