// error: a parameter that is an integer is an int64_t: write int64_t
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    size_t k = 1;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, kAny, "A number.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
