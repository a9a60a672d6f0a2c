#include "step/updater.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "leakprobe/error.h"

namespace leakprobe {

double Updater::rate(int64_t step) const {
  const double rate = optimizer_->learning_rate() * schedule_->factor(step, phase_.steps);
  if (std::isfinite(rate)) return rate;
  throw Error("phase '" + phase_.name + "', step " + std::to_string(step) +
              ": the learning rate is not finite; lower optimizer.lr");
}

double Updater::take_gradients() {
  std::vector<torch::Tensor> gradients;
  for (Trained& parameter : trained_) {
    parameter.gradient = parameter.value.grad();
    if (!parameter.gradient.defined()) {
      throw Error("phase '" + phase_.name + "': parameter '" + parameter.name +
                  "' is trained but no loss depends on it; freeze it");
    }
    gradients.push_back(parameter.gradient);
  }
  return at::stack(at::_foreach_norm(gradients)).to(torch::kFloat64).norm().item<double>();
}

void Updater::drop_gradients() {
  for (Trained& parameter : trained_) {
    parameter.gradient.reset();
    parameter.value.mutable_grad().reset();
  }
}

void Updater::update(double rate, double norm) {
  // As torch.nn.utils.clip_grad_norm_ does it.
  const double scale = std::min(1.0, optimizer_->clip_norm() / (norm + 1e-6));
  optimizer_->step(trained_, rate, scale);
  drop_gradients();
  for (Trained& parameter : trained_) {
    // An optimizer may write past LibTorch's operations, which alone count versions; copies of the
    // weights in bf16 are made anew where the version has changed.
    parameter.value.unsafeGetTensorImpl()->bump_version();
  }
}

}  // namespace leakprobe
