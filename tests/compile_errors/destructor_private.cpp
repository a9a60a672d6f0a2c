// error: a plugin's destructor is public
#include <leakprobe/plugin.h>

using namespace leakprobe;

class P final : public Objective {
  ~P() override = default;

 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
