// error: a relation takes the options and gives a bool: [](const Options& options)
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    double k = 1;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, kAny, "A number.");
      schema.relation("k", "k is even", [] { return true; });
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
