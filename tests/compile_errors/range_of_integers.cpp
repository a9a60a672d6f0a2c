// compiles
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    int64_t k = 1;
    int64_t part = 1;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, above(0), "A number.");
      schema.field("part", &Options::part, from_below(size_t{0}, 9), "A number.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
