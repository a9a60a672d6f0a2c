#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

/// The sum of what it pushes down, with a metric that is not finite.
class Infinite final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"rows", Sign::negative}};
    facts.metrics = {"odd"};
    return facts;
  }
  Infinite(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    const torch::Tensor sum = columns.at("rows").policy_sum().sum();
    return {sum, {{"odd", sum.detach() / 0}}};
  }
};

/// The same, which leaves what it was given otherwise than it was.
class Overwriting final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"rows", Sign::negative, {"label"}}};
    return facts;
  }
  Overwriting(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    columns.at("rows").numbers.at("label").add_(1);
    return {columns.at("rows").policy_sum().sum(), {}};
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Infinite>("test.infinite", "Its metric is infinite.");
  registrar.add<Overwriting>("test.overwriting", "It overwrites labels.");
}
