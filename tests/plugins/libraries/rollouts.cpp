#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

ObjectiveFacts facts_of(bool needs_reference = false) {
  ObjectiveFacts facts;
  facts.columns = {{"samples", Sign::both}};
  facts.needs_reference = needs_reference;
  facts.metrics = {"ratio"};
  facts.advantages = Advantages{};
  return facts;
}

/// Importance weights of whole rows.
class ByRow final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return facts_of(); }
  ByRow(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    const ColumnBatch& rows = columns.at("samples");
    const torch::Tensor ratio = (rows.policy_sum() - rows.old_sum()).exp();
    return {-(rows.numbers.at("advantage") * ratio).sum(), {{"ratio", ratio.detach().sum()}}};
  }
};

/// By token, and the ratio of a token that is not scored is 1.
class ByToken final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return facts_of(); }
  ByToken(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    const ColumnBatch& rows = columns.at("samples");
    const torch::Tensor ratio = (rows.policy - rows.old).exp();
    const torch::Tensor advantage = rows.numbers.at("advantage").unsqueeze(1);
    return {-(advantage * ratio).sum(), {{"ratio", ratio.detach().sum()}}};
  }
};

/// The divergence from the reference as a part of the loss, whose gradient is no gradient of it.
class Divergence final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return facts_of(true); }
  Divergence(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    const ColumnBatch& rows = columns.at("samples");
    const torch::Tensor ratio = (rows.policy_sum() - rows.old_sum()).exp();
    const torch::Tensor divergence = rows.policy_sum() - rows.reference_sum();
    return {(divergence - rows.numbers.at("advantage") * ratio).sum(),
            {{"ratio", ratio.detach().sum()}}};
  }
};

/// Asks for what sampled rows do not have.
class Labelled final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return facts_of(); }
  Labelled(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    const ColumnBatch& rows = columns.at("samples");
    return {-(rows.numbers.at("label") * rows.policy_sum()).sum(), {}};
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ByRow>("test.by_row", "Rows are weighted.");
  registrar.add<ByToken>("test.by_token", "Tokens are weighted, those of no row too.");
  registrar.add<Divergence>("test.divergence", "A divergence in the loss.");
  registrar.add<Labelled>("test.labelled", "It reads a label.");
}
