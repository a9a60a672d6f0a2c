// error: registrar.add<P>(name, doc) takes a class that is defined before it
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

LEAKPROBE_PLUGIN(registrar) { registrar.add("x.p", "A thing."); }
