#include <c10/util/Exception.h>

#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

class Throwing final : public Schedule {
 public:
  using Options = NoOptions;
  Throwing(const Options&, const Context&) {}
  double factor(int64_t step, int64_t) const override {
    switch (step) {
      case 0:
        throw std::runtime_error("first line\nsecond line");
      case 1:
        throw Error("rows.txt: is empty; fill it");
      case 2:
        torch::zeros({2}).reshape({3});
        return 0;
      case 3:
        throw 42;
      case 4:
        throw std::bad_alloc();
      default:
        LEAKPROBE_CHECK(step < 0, "step is not below 0");
        return 0;
    }
  }
};

class ThrowingConstructor final : public Schedule {
 public:
  using Options = NoOptions;
  ThrowingConstructor(const Options&, const Context&) { throw Error("cannot be made"); }
  double factor(int64_t, int64_t) const override { return 1.0; }
};

class BothWays final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"rows", Sign::negative}};
    return facts;
  }
  BothWays(const Options&, const Context&) {}
  /// Neither of the declared sign nor a sum over items, and with a metric that is not declared.
  Loss evaluate(const Columns& columns) const override {
    return {-columns.at("rows").policy.mean(), {{"surprise", columns.at("rows").policy.sum()}}};
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Throwing>("test.throwing", "Throws in every way.");
  registrar.add<ThrowingConstructor>("test.throwing_constructor", "Throws when it is made.");
  registrar.add<BothWays>("test.both_ways", "Does not do what it declares");
}
