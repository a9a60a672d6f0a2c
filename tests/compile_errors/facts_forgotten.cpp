// error: an objective needs a public `static ObjectiveFacts facts(const Options& options)`
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
