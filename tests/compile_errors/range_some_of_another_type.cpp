// error: the range is of another type than the member: above, at_least and between are for int64_t and, with points in all bounds, for double; one_of and not_empty for std::string; each and some for lists
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    std::vector<double> k = {1};
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, some<std::string>(), "Numbers.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
