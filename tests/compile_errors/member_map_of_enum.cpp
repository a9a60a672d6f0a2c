// error: an enum that is a parameter has words: declare words_of (leakprobe/words.h)
#include <leakprobe/plugin.h>

using namespace leakprobe;

enum Way { sum, mean };
struct P final : Objective {
  struct Options {
    std::map<std::string, Way> k;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, kAny, "Ways.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
