// error: a plugin has a public `struct Options`; without parameters: `using Options = NoOptions;`
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  static ObjectiveFacts facts(const NoOptions&) { return {}; }
  P(const NoOptions&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
