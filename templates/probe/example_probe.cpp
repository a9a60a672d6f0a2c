#include <leakprobe/plugin.h>

#include <numeric>

using namespace leakprobe;

namespace {

/// The share of a row's scored tokens that are among the likeliest ones.
class ExampleProbe final : public Probe {
 public:
  struct Options {
    int64_t top = 1;
    static void declare(Schema<Options>& schema) {
      schema.field("top", &Options::top, between(1, 1000000),
                   "Among so many of the likeliest tokens a token counts as known.", "tokens");
    }
  };

  static ProbeFacts facts(const Options&) {
    ProbeFacts facts;
    facts.log_probability = false;
    facts.unit = "share";
    facts.direction = ProbeFacts::Direction::larger;
    return facts;
  }

  ExampleProbe(const Options& options, const Context&) : top_(options.top) {}

  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override {
    std::vector<const Row*> rows;
    for (const ProbeCell& cell : cells) {
      for (const Row& row : cell.rows) rows.push_back(&row);
    }
    const std::vector<torch::Tensor> logits = model.logits(rows);
    auto of_row = logits.begin();
    std::vector<ProbeValue> values;
    for (const ProbeCell& cell : cells) {
      ProbeValue value{cell.cell, 0, {}};
      for (const Row& row : cell.rows) value.items.push_back(share_known(row, *of_row++));
      value.value = std::accumulate(value.items.begin(), value.items.end(), 0.0) /
                    static_cast<double>(value.items.size());
      values.push_back(std::move(value));
    }
    return values;
  }

 private:
  /// `logits` (scored tokens, vocabulary).
  double share_known(const Row& row, const torch::Tensor& logits) const {
    std::vector<int64_t> targets;
    for (size_t t = 0; t < row.tokens.size(); ++t) {
      if (row.scored[t] != 0) targets.push_back(row.tokens[t]);
    }
    const torch::Tensor own = logits.gather(1, torch::tensor(targets).unsqueeze(1));
    const torch::Tensor before = logits.gt(own).sum(1);
    return before.lt(top_).to(torch::kFloat64).mean().item<double>();
  }

  const int64_t top_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleProbe>("example.probe", "The share of tokens that the model has in mind.");
}
