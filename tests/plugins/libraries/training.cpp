#include <ATen/ATen.h>

#include <limits>
#include <map>

#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

/// Leaves out the last parameter.
class Short final : public Freezing {
 public:
  using Options = NoOptions;
  Short(const Options&, const Context&) {}
  std::vector<bool> trainable(std::span<const ParameterInfo> parameters, int64_t) const override {
    return std::vector<bool>(parameters.size() - 1, true);
  }
};

/// Falls below 0 at the end.
class Falling final : public Schedule {
 public:
  using Options = NoOptions;
  Falling(const Options&, const Context&) {}
  double factor(int64_t step, int64_t) const override { return static_cast<double>(1 - 2 * step); }
};

/// Gradient descent, which `Fault` changes.
template <class Fault>
class Descent final : public Optimizer {
 public:
  using Options = NoOptions;
  static OptimizerFacts facts(const Options&) { return {.state_per_parameter = Fault::kKept}; }
  Descent(const Options&, const Context&) {}
  double learning_rate() const override { return Fault::kRate; }
  double clip_norm() const override { return std::numeric_limits<double>::infinity(); }
  void step(std::vector<Trained>& parameters, double rate, double scale) override {
    const at::NoGradGuard no_gradients;
    for (Trained& parameter : parameters) fault_.step(parameter, rate, scale);
  }
  std::vector<std::pair<std::string, torch::Tensor>> state() const override {
    return fault_.state();
  }
  void restore(const std::vector<std::pair<std::string, torch::Tensor>>&) override {}

 private:
  Fault fault_;
};

using State = std::vector<std::pair<std::string, torch::Tensor>>;

struct Plain {
  static constexpr int64_t kKept = 0;
  static constexpr double kRate = 0.1;
  static void step(Trained& parameter, double rate, double scale) {
    parameter.value.sub_(parameter.gradient, rate * scale);
  }
  static State state() { return {}; }
};

struct Backwards : Plain {
  static constexpr double kRate = -0.1;
};

/// Divides by the size of the gradient, which may be 0.
struct Normalised : Plain {
  static void step(Trained& parameter, double rate, double scale) {
    const torch::Tensor gradient = parameter.gradient * scale;
    parameter.value.sub_(gradient / gradient.norm(), rate);
  }
};

/// Saves a copy of the gradient at the cost of the gradient.
struct Spending : Plain {
  static void step(Trained& parameter, double rate, double scale) {
    parameter.value.sub_(parameter.gradient.mul_(rate * scale));
  }
};

/// Decays all that is in the parameter's memory.
struct Sweeping : Plain {
  static void step(Trained& parameter, double rate, double scale) {
    const auto numbers = static_cast<int64_t>(parameter.value.storage().nbytes() / sizeof(float));
    parameter.value.as_strided({numbers}, {1}, 0).mul_(1 - rate);
    Plain::step(parameter, rate, scale);
  }
};

/// Takes the gradient of the step before as its own.
struct Keeping : Plain {
  std::map<std::string, torch::Tensor> last;
  void step(Trained& parameter, double rate, double scale) {
    if (last.count(parameter.name) > 0) parameter.value.sub_(last[parameter.name], rate * scale);
    last[parameter.name] = parameter.gradient;
  }
};

struct Unscaled : Plain {
  static void step(Trained& parameter, double rate, double) {
    parameter.value.sub_(parameter.gradient, rate);
  }
};

/// Momentum that it says nothing of, and does not take back.
struct Heavy : Plain {
  std::map<std::string, torch::Tensor> momentum;
  void step(Trained& parameter, double rate, double scale) {
    torch::Tensor& own = momentum[parameter.name];
    if (!own.defined()) own = torch::zeros_like(parameter.value);
    own.mul_(0.5).add_(parameter.gradient, scale);
    parameter.value.sub_(own, rate);
  }
  State state() const { return {momentum.begin(), momentum.end()}; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Short>("test.short", "It leaves out a parameter.");
  registrar.add<Falling>("test.falling", "It falls below 0.");
  registrar.add<Descent<Plain>>("test.plain_descent", "It keeps to all laws.");
  registrar.add<Descent<Backwards>>("test.backwards", "It climbs.");
  registrar.add<Descent<Normalised>>("test.normalised", "It divides by the gradient's norm.");
  registrar.add<Descent<Spending>>("test.spending", "It spends the gradient.");
  registrar.add<Descent<Sweeping>>("test.sweeping", "It decays what lies beside.");
  registrar.add<Descent<Keeping>>("test.keeping", "It keeps the gradient.");
  registrar.add<Descent<Unscaled>>("test.unscaled", "It does not scale.");
  registrar.add<Descent<Heavy>>("test.heavy", "It keeps more than it says.");
}
