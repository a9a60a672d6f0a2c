// compiles
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    double k = 1;
    double part = 0.5;
    std::optional<double> clip;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, between(0, 1), "A number.");
      schema.field("part", &Options::part, strictly_between(0, 1.0), "A share.");
      schema.field("clip", &Options::clip, above(0), "A norm.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
