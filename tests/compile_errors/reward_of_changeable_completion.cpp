// error: a reward overrides `double of(const Completion&) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Reward {
  using Options = NoOptions;
  static RewardFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  double of(Completion&) const { return 1; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
