// error: a sink's beginning is `std::string beginning()`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Sink {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  std::string beginning() const { return "a,b\n"; }
  std::string write(const Value&) override { return ""; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
