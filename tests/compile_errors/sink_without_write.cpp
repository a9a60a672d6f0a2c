// error: a sink overrides `std::string write(const Value& record)`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Sink {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  std::string write(const Value&) const { return ""; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
