// error: a schedule overrides `double factor(int64_t step, int64_t steps) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Schedule {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  double factor(int, int) const { return 1; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
