// error: name a data member that each Options has of its own: &Options::beta
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    static inline double k = 1;
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
