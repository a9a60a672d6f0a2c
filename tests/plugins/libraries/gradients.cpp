#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

ObjectiveFacts two_columns() {
  ObjectiveFacts facts;
  facts.columns = {{"pushed", Sign::negative}, {"seen", Sign::none}};
  return facts;
}

/// Its text grows less likely, the more so the likelier the other is.
torch::Tensor weighted(const Columns& columns, const torch::Tensor& weight) {
  return (weight * columns.at("pushed").policy_sum()).sum();
}

/// Trains what it says that it only looks at.
class Meddling final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return two_columns(); }
  Meddling(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {weighted(columns, columns.at("seen").policy_sum().exp()), {}};
  }
};

/// Its weight fades with the row that it pushes.
class Fading final : public Objective {
 public:
  struct Options {
    bool says_so = false;
    static void declare(Schema<Options>& schema) {
      schema.field("says_so", &Options::says_so, kAny, "Whether its facts tell.");
    }
  };
  static ObjectiveFacts facts(const Options& options) {
    ObjectiveFacts facts = two_columns();
    facts.detaches = options.says_so;
    return facts;
  }
  Fading(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {weighted(columns, columns.at("pushed").policy_sum().mul(0.1).exp().detach()), {}};
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Meddling>("test.meddling", "It trains what it looks at.");
  registrar.add<Fading>("test.fading", "Its push fades.");
}
