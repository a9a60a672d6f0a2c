#include <leakprobe/plugin.h>

using namespace leakprobe;

namespace {

/// Pushes rows down until the mean log-probability of their tokens lies below a floor.
class ExampleObjective final : public Objective {
 public:
  struct Options {
    double floor = -6.0;
    double sharpness = 2.0;
    static void declare(Schema<Options>& schema) {
      schema.field("floor", &Options::floor, between(-1000.0, 0.0),
                   "Mean log-probability of a token below which a row is pushed no more.", "nats");
      schema.field("sharpness", &Options::sharpness, above(0.0),
                   "How soon the push ends at the floor.", "1/nat");
    }
  };

  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"rejected", Sign::negative}};
    facts.metrics = {"logps/rejected"};
    return facts;
  }

  ExampleObjective(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override {
    const ColumnBatch& rejected = columns.at("rejected");
    const torch::Tensor logps = rejected.policy_sum() / rejected.lengths();
    const torch::Tensor above_floor = options_.sharpness * (logps - options_.floor);
    return {torch::softplus(above_floor).sum() / options_.sharpness,
            {{"logps/rejected", logps.detach().sum()}}};
  }

 private:
  const Options options_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleObjective>("example.objective",
                                  "Pushes rows down until they lie below a floor.");
}
