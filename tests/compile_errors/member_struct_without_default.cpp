// error: a struct that is a parameter has a default for each member
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct Part {
  explicit Part(double w) : weight(w) {}
  double weight;
  static void declare(Schema<Part>&) {}
};
struct P final : Objective {
  struct Options {
    std::vector<Part> parts;
    static void declare(Schema<Options>& schema) {
      schema.field("parts", &Options::parts, kAny, "Parts.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
