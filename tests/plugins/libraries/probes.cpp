#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

ProbeValue value_of(const ProbeCell& cell, double value) {
  return {cell.cell, value, std::vector<double>(cell.rows.size(), value)};
}

/// Leaks on either side of a chance that it does not know.
class Undecided final : public Probe {
 public:
  using Options = NoOptions;
  static ProbeFacts facts(const Options&) {
    return {.log_probability = false, .direction = ProbeFacts::Direction::either};
  }
  Undecided(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel&,
                                  const std::vector<ProbeCell>& cells) const override {
    std::vector<ProbeValue> values;
    for (const ProbeCell& cell : cells) values.push_back(value_of(cell, 1));
    return values;
  }
};

/// Forgets all cells but the first.
class Forgetting final : public Probe {
 public:
  using Options = NoOptions;
  Forgetting(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel&,
                                  const std::vector<ProbeCell>& cells) const override {
    return {value_of(cells.front(), 1)};
  }
};

/// Writes into the logits that the model gave.
class Scribbling final : public Probe {
 public:
  using Options = NoOptions;
  Scribbling(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override {
    std::vector<ProbeValue> values;
    for (const ProbeCell& cell : cells) {
      const std::vector<torch::Tensor> logits = model.logits({&cell.rows.front()});
      logits.front().sub_(logits.front().max());
      values.push_back(value_of(cell, logits.front().mean().item<double>()));
    }
    return values;
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Undecided>("test.undecided", "It knows no chance.");
  registrar.add<Forgetting>("test.forgetting", "It forgets a cell.");
  registrar.add<Scribbling>("test.scribbling", "It overwrites logits.");
}
