#include <ATen/Parallel.h>

#include <cmath>

#include "adamw.h"

namespace leakprobe {

void adamw_update_by_operations(torch::Tensor& value, const torch::Tensor& gradient,
                                torch::Tensor& first, torch::Tensor& second,
                                const AdamW::Step& step) {
  const at::NoGradGuard no_gradients;
  const torch::Tensor scaled = gradient * step.scale;
  value.mul_(step.decay);
  first.lerp_(scaled, 1.0 - step.beta1);
  second.mul_(step.beta2).addcmul_(scaled, scaled, 1.0 - step.beta2);
  value.addcdiv_(first, (second.sqrt() / step.root).add_(step.eps), -step.size);
}

void adamw_update(torch::Tensor& value, const torch::Tensor& gradient, torch::Tensor& first,
                  torch::Tensor& second, const AdamW::Step& step) {
  const auto plain = [](const torch::Tensor& tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat32 &&
           tensor.is_contiguous();
  };
  if (!plain(value) || !plain(gradient) || !plain(first) || !plain(second)) {
    adamw_update_by_operations(value, gradient, first, second, step);
    return;
  }
  float* __restrict p = value.data_ptr<float>();
  const float* __restrict g = gradient.const_data_ptr<float>();
  float* __restrict m = first.data_ptr<float>();
  float* __restrict v = second.data_ptr<float>();
  const auto scale = static_cast<float>(step.scale);
  const auto decay = static_cast<float>(step.decay);
  const auto new1 = static_cast<float>(1.0 - step.beta1);
  const auto beta2 = static_cast<float>(step.beta2);
  const auto new2 = static_cast<float>(1.0 - step.beta2);
  const auto size = static_cast<float>(step.size);
  const auto root = static_cast<float>(step.root);
  const auto eps = static_cast<float>(step.eps);
  // Elements do not depend on each other: the result does not depend on how they are divided.
  at::parallel_for(0, value.numel(), 1 << 15, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float gradient_i = g[i] * scale;
      m[i] += new1 * (gradient_i - m[i]);
      v[i] = beta2 * v[i] + new2 * gradient_i * gradient_i;
      p[i] = decay * p[i] - size * (m[i] / (std::sqrt(v[i]) / root + eps));
    }
  });
}

}  // namespace leakprobe
