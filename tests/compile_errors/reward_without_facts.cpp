// compiles
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Reward {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  double of(const Completion&) const override { return 1; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
