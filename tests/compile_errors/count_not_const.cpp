// error: an objective's count is `double count(const Columns&) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
  double count(const Columns&) { return 2; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
