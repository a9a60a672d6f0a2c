// error: Options declare their parameters in a public `static void declare(Schema<Options>& schema)`
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    double beta = 1;
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
