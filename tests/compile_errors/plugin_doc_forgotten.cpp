// error: say in a sentence what the plugin is: registrar.add<P>(name, doc)
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p"); }
