// error: this type is no parameter: parameters are bool, int64_t, double, std::string, std::filesystem::path, an enum with words, Slot, Stream, WeightsRef, Role (leakprobe/roles.h), a struct with `static void declare(Schema<T>&)`, and std::optional, std::vector, std::array, std::map<std::string, ...> and Named of those
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Objective {
  struct Options {
    std::map<int64_t, double> k;
    static void declare(Schema<Options>& schema) {
      schema.field("k", &Options::k, kAny, "Numbers.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
