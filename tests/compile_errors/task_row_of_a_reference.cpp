// error: a task overrides `Row row(const RowRequest&, Random) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Task {
  using Options = NoOptions;
  static TaskFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Row row(const RowRequest&, Random&) const { return {}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
