// error: the third argument is a range: kAny, above(...), at_least(...), between(...), one_of({...}), not_empty(), each(...), some<T>()
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    double k = 1;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, "A number.", "nats");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
