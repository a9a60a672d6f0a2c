// error: a task needs a public `static TaskFacts facts(const Options& options)`
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Task {
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Row row(const RowRequest&, Random) const override { return {}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
