// compiles
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Probe {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel&, const std::vector<ProbeCell>&) const override {
    return {};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
