#include "adamw.h"

#include <ATen/ATen.h>

#include <limits>

#include "leakprobe/error.h"
#include "leakprobe/plugin.h"

namespace leakprobe {
namespace {

constexpr const char* kSteps = "steps";
constexpr const char* kFirst = "exp_avg/";
constexpr const char* kSecond = "exp_avg_sq/";

Range<std::array<double, 2>> two_decay_rates() {
  return {[](const std::array<double, 2>& betas) {
            return betas[0] >= 0 && betas[0] < 1 && betas[1] >= 0 && betas[1] < 1;
          },
          "two numbers from 0 to below 1",
          Value::map(),
          {}};
}

}  // namespace

void AdamW::Options::declare(Schema<Options>& schema) {
  schema.field("lr", &Options::lr, at_least(0.0), "Learning rate before the schedule's factor.");
  schema.field("betas", &Options::betas, two_decay_rates(),
               "Decay rates of the running means of gradients and of their squares.");
  schema.field("eps", &Options::eps, above(0.0),
               "Added to the root of the squares' mean, against division by zero.");
  schema.field("weight_decay", &Options::weight_decay, at_least(0.0),
               "Share of every trained parameter, biases and norms too, that is taken off per unit "
               "of learning rate.");
  schema.field("clip", &Options::clip, at_least(0.0),
               "Norm of all gradients together to which larger ones are scaled down; 0 = never.");
}

double AdamW::clip_norm() const {
  return options_.clip == 0.0 ? std::numeric_limits<double>::infinity() : options_.clip;
}

void AdamW::begin(const std::vector<Trained>& parameters) {
  for (const Trained& parameter : parameters) {
    moments_.push_back({parameter.name, torch::zeros_like(parameter.value).contiguous(),
                        torch::zeros_like(parameter.value).contiguous()});
  }
}

void AdamW::step(std::vector<Trained>& parameters, double rate, double gradient_scale) {
  if (steps_ == 0 && moments_.empty()) begin(parameters);
  LEAKPROBE_CHECK(parameters.size() == moments_.size(),
                  "adamw was given other parameters than before");
  for (size_t i = 0; i < parameters.size(); ++i) {
    LEAKPROBE_CHECK(parameters[i].name == moments_[i].name &&
                        parameters[i].value.sizes() == moments_[i].first.sizes(),
                    "adamw was given other parameters than before");
  }
  ++steps_;
  // LibTorch's kernel goes once over memory, element by element: the result does not depend on how
  // many threads share the work. It sees memory alone, not strides.
  const at::NoGradGuard no_gradients;
  std::vector<torch::Tensor> values, gradients, firsts, seconds;
  for (size_t i = 0; i < parameters.size(); ++i) {
    values.push_back(parameters[i].value.contiguous());
    gradients.push_back(parameters[i].gradient.contiguous());
    firsts.push_back(moments_[i].first);
    seconds.push_back(moments_[i].second);
  }
  if (values.empty()) return;
  const auto options = values.front().options().requires_grad(false);
  const std::vector<torch::Tensor> steps(values.size(), torch::full({}, steps_, options));
  // The kernel would scale the gradients in place, and they are not ours.
  if (gradient_scale != 1.0) gradients = at::_foreach_mul(gradients, gradient_scale);
  at::_fused_adamw_(values, gradients, firsts, seconds, /*max_exp_avg_sqs=*/{}, steps, rate,
                    options_.betas[0], options_.betas[1], options_.weight_decay, options_.eps,
                    /*amsgrad=*/false, /*maximize=*/false);
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!values[i].is_same(parameters[i].value)) parameters[i].value.copy_(values[i]);
  }
}

std::vector<std::pair<std::string, torch::Tensor>> AdamW::state() const {
  std::vector<std::pair<std::string, torch::Tensor>> state = {
      {kSteps, torch::scalar_tensor(steps_, torch::kInt64)}};
  for (const Moments& moments : moments_) {
    state.emplace_back(kFirst + moments.name, moments.first);
    state.emplace_back(kSecond + moments.name, moments.second);
  }
  return state;
}

void AdamW::restore(const std::vector<std::pair<std::string, torch::Tensor>>& state) {
  const std::string first = kFirst;
  const std::string second = kSecond;
  std::map<std::string, torch::Tensor> seconds;
  for (const auto& [name, tensor] : state) {
    if (name.starts_with(second)) seconds[name.substr(second.size())] = tensor;
  }
  steps_ = 0;
  moments_.clear();
  bool counted = false;
  for (const auto& [name, tensor] : state) {
    if (name == kSteps) {
      steps_ = tensor.item<int64_t>();
      counted = true;
    } else if (name.starts_with(first)) {
      const std::string parameter = name.substr(first.size());
      const auto other = seconds.find(parameter);
      if (other == seconds.end() || other->second.sizes() != tensor.sizes()) {
        throw Error("adamw's saved state of " + parameter + " is incomplete; start the run anew");
      }
      moments_.push_back({parameter, tensor.clone(), other->second.clone()});
    }
  }
  if (!counted) throw Error("adamw's saved state has no step count; start the run anew");
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::AdamW>(
      "adamw", "Adam with decoupled weight decay on all parameters (Loshchilov & Hutter 2019).");
}
