#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

/// A probe whose facts and numbers a test chooses: factor x mean log-probability + the set's
/// offset.
class Measure final : public Probe {
 public:
  struct Options {
    bool log_probability = false;
    std::string unit;
    std::string direction = "larger";
    std::optional<double> chance;
    double factor = 1;
    std::map<std::string, double> offsets;
    static void declare(Schema<Options>& schema) {
      schema.field("log_probability", &Options::log_probability, kAny, "As in the facts.");
      schema.field("unit", &Options::unit, kAny, "As in the facts.");
      schema.field("direction", &Options::direction, one_of({"larger", "smaller", "either"}),
                   "As in the facts.");
      schema.field("chance", &Options::chance, kAny, "As in the facts.");
      schema.field("factor", &Options::factor, kAny, "What the log-probability counts.");
      schema.field("offsets", &Options::offsets, kAny, "What is added, by set.");
    }
  };
  static ProbeFacts facts(const Options& options) {
    using Direction = ProbeFacts::Direction;
    return {.log_probability = options.log_probability,
            .unit = options.unit,
            .direction = options.direction == "smaller"  ? Direction::smaller
                         : options.direction == "either" ? Direction::either
                                                         : Direction::larger,
            .chance = options.chance};
  }
  Measure(const Options& options, const Context&) : options_(options) {}

  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override {
    std::vector<ProbeValue> values;
    for (const ProbeCell& cell : cells) {
      std::vector<const Row*> rows;
      for (const Row& row : cell.rows) rows.push_back(&row);
      const auto offset = options_.offsets.find(cell.cell.set);
      ProbeValue value{cell.cell, 0, {}};
      for (const std::vector<float>& scores : model.score(rows)) {
        const double mean =
            std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
        value.items.push_back(options_.factor * mean +
                              (offset == options_.offsets.end() ? 0 : offset->second));
        value.value += value.items.back() / static_cast<double>(rows.size());
      }
      values.push_back(std::move(value));
    }
    return values;
  }

 private:
  const Options options_;
};

/// Says of its values only that they are no log-probabilities, as plugins did before there was more
/// to say.
class Plain final : public Probe {
 public:
  using Options = NoOptions;
  static ProbeFacts facts(const Options&) { return {.log_probability = false}; }
  Plain(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel&,
                                  const std::vector<ProbeCell>& cells) const override {
    std::vector<ProbeValue> values;
    for (const ProbeCell& cell : cells) {
      const double value = cell.cell.set == "held_out" ? 2 : 1;
      values.push_back({cell.cell, value, std::vector<double>(cell.rows.size(), value)});
    }
    return values;
  }
};

/// Gives more than one number of a cell: the least and the largest of its rows, and values along
/// the positions of the rows.
class Detailed final : public Probe {
 public:
  using Options = NoOptions;
  static ProbeFacts facts(const Options&) {
    ProbeFacts facts;
    facts.aggregates = {
        {"least", "bits", ProbeFacts::Direction::smaller, {}},
        {"largest", "bits", ProbeFacts::Direction::larger, -4.0},
    };
    facts.axis = "position";
    return facts;
  }
  Detailed(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override {
    std::vector<ProbeValue> values;
    for (const ProbeCell& cell : cells) {
      std::vector<const Row*> rows;
      for (const Row& row : cell.rows) rows.push_back(&row);
      ProbeValue value{cell.cell, 0, {}};
      for (const std::vector<float>& scores : model.score(rows)) {
        value.along.resize(std::max(value.along.size(), scores.size()));
        for (size_t i = 0; i < scores.size(); ++i) {
          value.along[i].at = static_cast<double>(i);
          value.along[i].value += scores[i] / static_cast<double>(rows.size());
        }
        value.items.push_back(std::accumulate(scores.begin(), scores.end(), 0.0) /
                              static_cast<double>(scores.size()));
        value.value += value.items.back() / static_cast<double>(rows.size());
      }
      const auto [least, largest] = std::minmax_element(value.items.begin(), value.items.end());
      value.aggregates = {*least / std::log(2.0), *largest / std::log(2.0)};
      values.push_back(std::move(value));
    }
    return values;
  }
};

/// Gradient descent, which keeps nothing.
class Descent final : public Optimizer {
 public:
  struct Options {
    double lr = 0.01;
    static void declare(Schema<Options>& schema) {
      schema.field("lr", &Options::lr, above(0.0), "Learning rate.");
    }
  };
  Descent(const Options& options, const Context&) : rate_(options.lr) {}
  double learning_rate() const override { return rate_; }
  double clip_norm() const override { return 1; }
  void step(std::vector<Trained>& parameters, double rate, double gradient_scale) override {
    const at::NoGradGuard no_gradients;
    for (Trained& parameter : parameters) {
      parameter.value.sub_(parameter.gradient, rate * gradient_scale);
    }
  }
  std::vector<std::pair<std::string, torch::Tensor>> state() const override { return {}; }
  void restore(const std::vector<std::pair<std::string, torch::Tensor>>&) override {}

 private:
  const double rate_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Measure>("test.measure", "A test chooses what it measures.");
  registrar.add<Detailed>("test.detailed", "Aggregates and an axis.");
  registrar.add<Plain>("test.plain", "It says nothing of its unit.");
  registrar.add<Descent>("test.descent", "It keeps no state.");
}
