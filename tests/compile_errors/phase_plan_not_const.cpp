// error: a phase overrides `Plan plan(const PlanContext&) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Phase {
  using Options = NoOptions;
  explicit P(const Options&) {}
  Plan plan(const PlanContext&) { return {}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
