// error: an enum that is a parameter has words: declare words_of (leakprobe/words.h)
#include <leakprobe/plugin.h>

using namespace leakprobe;

enum class Way { sum, mean };
struct P final : Objective {
  struct Options {
    Way way = Way::sum;
    static void declare(Schema<Options>& schema) {
      schema.field("way", &Options::way, kAny, "A way.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
