// error: facts are a public `static ...Facts facts(const Options& options)` of the plugin's kind, or left out
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Reward {
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  double of(const Completion&) const override { return 1; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
