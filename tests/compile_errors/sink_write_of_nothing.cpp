// error: conflicting return type specified for 'virtual void case_sink_write_of_nothing::P::write(const leakprobe::Value&)'
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Sink {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  void write(const Value&) override {}
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
