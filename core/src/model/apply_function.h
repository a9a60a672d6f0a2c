#pragma once

#include <torch/csrc/autograd/custom_function.h>

#include <utility>

namespace leakprobe {

/// `Function::apply`; where no gradient may be asked for, the function's forward pass by itself: a
/// node of a graph costs more than a small operation.
template <class Function, class... Arguments>
torch::Tensor apply_function(Arguments&&... arguments) {
  if (at::GradMode::is_enabled()) return Function::apply(std::forward<Arguments>(arguments)...);
  torch::autograd::AutogradContext context;
  return Function::forward(&context, std::forward<Arguments>(arguments)...);
}

}  // namespace leakprobe
