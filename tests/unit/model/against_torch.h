#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "model/forward_context.h"

/// Operations of our own against the same formula in plain LibTorch and f64.
namespace leakprobe::testing_support {

using Tensors = std::vector<torch::Tensor>;
using Formula = std::function<torch::Tensor(const Tensors&)>;

/// Largest difference in units of the largest magnitude of `expected`.
inline double relative_difference(const torch::Tensor& found, const torch::Tensor& expected) {
  const torch::Tensor exact = expected.to(torch::kFloat64);
  const double scale = exact.abs().max().item<double>();
  return (found.to(torch::kFloat64) - exact).abs().max().item<double>() / (scale > 0 ? scale : 1);
}

/// Values and the gradients of sum(result * weights) in every input, with random weights.
inline Tensors values_and_gradients(const Formula& formula, const Tensors& inputs,
                                    const torch::Tensor& weights, torch::ScalarType type) {
  Tensors leaves;
  for (const torch::Tensor& input : inputs) {
    leaves.push_back(input.to(type).detach().clone().requires_grad_());
  }
  Tensors results = {formula(leaves)};
  (results[0].to(type) * weights.to(type)).sum().backward();
  for (const torch::Tensor& leaf : leaves) results.push_back(leaf.grad());
  results[0] = results[0].detach();
  return results;
}

/// Expects `ours` (f32) to agree with `formula` (f64) in its value and every gradient.
inline void expect_like_torch(const Formula& ours, const Formula& formula, const Tensors& inputs,
                              double tolerance = 2e-6) {
  const torch::Tensor shape = [&] {
    const at::NoGradGuard no_gradients;
    return formula(inputs);
  }();
  const torch::Tensor weights = at::randn(shape.sizes(), torch::kFloat32);
  const Tensors found = values_and_gradients(ours, inputs, weights, torch::kFloat32);
  const Tensors expected = values_and_gradients(formula, inputs, weights, torch::kFloat64);
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(found[i].defined()) << "no gradient of input " << i - 1;
    EXPECT_LT(relative_difference(found[i], expected[i]), tolerance)
        << (i == 0 ? "value" : "gradient of input " + std::to_string(i - 1));
  }
}

}  // namespace leakprobe::testing_support
