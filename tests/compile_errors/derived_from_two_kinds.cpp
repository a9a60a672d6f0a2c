// error: a plugin is derived from the class of its kind, and of one kind only: Model, Task, Objective, Freezing, Phase, Probe, Optimizer, Schedule, Sink or Reward
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective, Schedule {
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
  double factor(int64_t, int64_t) const override { return 1; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
