// error: a sink overrides open, write and position as leakprobe/sink.h declares them: write override behind each
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Sink {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  void open(const std::filesystem::path&, int64_t) override {}
  void write(const Value&) override {}
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
