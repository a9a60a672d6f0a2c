// error: a Slot is of a kind: Slot<Objective>, Slot<Freezing>, ...
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    Slot<NoOptions> k;
    static void declare(Schema<Options>& schema) {
      schema.required("k", &Options::k, kAny, "A number.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
