// error: a plugin has a public `struct Options`; without parameters: `using Options = NoOptions;`
#include <leakprobe/plugin.h>

using namespace leakprobe;

class P final : public Objective {
  using Options = NoOptions;

 public:
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
