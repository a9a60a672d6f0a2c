// error: an objective overrides `Loss evaluate(const Columns&) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(Columns& columns) const { return {columns.at("rows").policy.sum(), {}}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
