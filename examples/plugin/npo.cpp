#include <leakprobe/plugin.h>

using namespace leakprobe;

struct Npo final : Objective {
  struct Options {
    double beta = 0.1;
    static void declare(Schema<Options>& schema) {
      schema.field("beta", &Options::beta, above(0.0), "How soon the push fades.", "1/nat");
    }
  };
  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"rejected", Sign::negative}};
    facts.needs_reference = true;
    return facts;
  }
  Npo(const Options& options, const Context&) : beta(options.beta) {}
  Loss evaluate(const Columns& columns) const override {
    const ColumnBatch& rejected = columns.at("rejected");
    const torch::Tensor ratio = rejected.policy_sum() - rejected.reference_sum();
    return {-2 / beta * torch::log_sigmoid(-beta * ratio).sum(), {}};
  }
  const double beta;
};

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Npo>("example.npo", "Negative preference optimisation (Zhang et al. 2024).");
}
