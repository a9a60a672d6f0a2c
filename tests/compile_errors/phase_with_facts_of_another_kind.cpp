// error: facts are a public `static ...Facts facts(const Options& options)` of the plugin's kind, or left out
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Phase {
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  explicit P(const Options&) {}
  Plan plan(const PlanContext&) const override { return {}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
