// error: a plugin has a public constructor `P(const Options&, const Context&)`
#include <leakprobe/plugin.h>

using namespace leakprobe;

class P final : public Objective {
  P(const NoOptions&, const Context&) {}

 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
