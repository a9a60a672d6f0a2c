#include <leakprobe/plugin.h>

#include <limits>
#include <map>

using namespace leakprobe;

namespace {

constexpr const char* kMomentum = "momentum/";

/// Gradient descent with momentum.
class ExampleOptimizer final : public Optimizer {
 public:
  struct Options {
    double lr = 0.01;
    double momentum = 0.9;
    double clip = 1.0;
    static void declare(Schema<Options>& schema) {
      schema.field("lr", &Options::lr, at_least(0.0),
                   "Learning rate before the schedule's factor.");
      schema.field("momentum", &Options::momentum, from_below(0.0, 1.0),
                   "Share of the last step's direction that this one keeps.");
      schema.field("clip", &Options::clip, at_least(0.0),
                   "Norm of all gradients to which larger ones are scaled down; 0 = never.");
    }
  };
  static OptimizerFacts facts(const Options&) { return {.state_per_parameter = 1}; }

  ExampleOptimizer(const Options& options, const Context&) : options_(options) {}

  double learning_rate() const override { return options_.lr; }
  double clip_norm() const override {
    return options_.clip == 0.0 ? std::numeric_limits<double>::infinity() : options_.clip;
  }

  void step(std::vector<Trained>& parameters, double rate, double gradient_scale) override {
    const at::NoGradGuard no_gradients;
    for (Trained& parameter : parameters) {
      torch::Tensor& direction = directions_[parameter.name];
      if (!direction.defined()) direction = torch::zeros_like(parameter.value);
      direction.mul_(options_.momentum).add_(parameter.gradient, gradient_scale);
      parameter.value.sub_(direction, rate);
    }
  }

  std::vector<std::pair<std::string, torch::Tensor>> state() const override {
    std::vector<std::pair<std::string, torch::Tensor>> state;
    for (const auto& [name, direction] : directions_) {
      state.emplace_back(kMomentum + name, direction);
    }
    return state;
  }
  void restore(const std::vector<std::pair<std::string, torch::Tensor>>& state) override {
    directions_.clear();
    for (const auto& [name, direction] : state) {
      directions_[name.substr(std::string(kMomentum).size())] = direction.clone();
    }
  }

 private:
  const Options options_;
  std::map<std::string, torch::Tensor> directions_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleOptimizer>("example.optimizer",
                                  "Gradient descent with momentum (Polyak 1964).");
}
