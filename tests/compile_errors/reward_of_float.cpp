// error: conflicting return type specified for 'virtual float case_reward_of_float::P::of(const leakprobe::Completion&) const'
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Reward {
  using Options = NoOptions;
  static RewardFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  float of(const Completion&) const override { return 1; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
