// error: a probe overrides `std::vector<ProbeValue> measure(ProbedModel&, const std::vector<ProbeCell>&) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Probe {
  using Options = NoOptions;
  static ProbeFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel&, const std::vector<ProbeCell>&) {
    return {};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
