// error: this type is no parameter: parameters are bool, int64_t, double, std::string, std::filesystem::path, an enum with words, Slot, Stream, WeightsRef, Role (leakprobe/roles.h), a struct with `static void declare(Schema<T>&)`, and std::optional, std::vector, std::array, std::map<std::string, ...> and Named of those
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct Part {
  double weight = 1;
  static void declare(Schema<Part> schema);
};
struct P final : Objective {
  struct Options {
    Part part;
    static void declare(Schema<Options>& schema) {
      schema.field("part", &Options::part, kAny, "A part.");
    }
  };
  static ObjectiveFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {columns.at("rows").policy.sum(), {}};
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
