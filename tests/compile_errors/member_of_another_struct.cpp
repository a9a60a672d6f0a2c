// error: the member belongs to another struct than the Schema: name one of its own
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct Other {
  double k = 1;
};
struct P final : Objective {
  struct Options {
    double k = 1;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Other::k, kAny, "A number.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
