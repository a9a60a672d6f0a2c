// error: a phase has a public constructor `explicit P(const Options&)`
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Phase {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  Plan plan(const PlanContext&) const override { return {}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
