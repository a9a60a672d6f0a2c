#include "cross_entropy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

/// Two rows of 3 and 2 scored tokens.
Columns two_rows(torch::Tensor& leaf) {
  const torch::Tensor mask = torch::tensor({{1.f, 1.f, 1.f}, {1.f, 1.f, 0.f}});
  leaf = torch::tensor({{-1.f, -2.f, -6.f}, {-4.f, -5.f, 0.f}}).set_requires_grad(true);
  return Columns({{"rows", {leaf * mask, {}, mask, {}}}});
}

CrossEntropy objective(const std::string& per_row) {
  CrossEntropy::Options options;
  options.per_row = *value_of<PerRow>(per_row);
  return {options, kit::TestContext()};
}

TEST(CrossEntropy, IsTheMeanOverRowsOfTheMeanTokenLogProbability) {
  torch::Tensor leaf;
  const Loss loss = objective("mean").evaluate(two_rows(leaf));
  EXPECT_FLOAT_EQ(loss.sum.item<float>(), 3.f + 4.5f);
  loss.sum.backward();
  const float third = 1.f / 3.f;
  EXPECT_TRUE(
      torch::allclose(leaf.grad(), torch::tensor({{-third, -third, -third}, {-.5f, -.5f, 0.f}})));
}

TEST(CrossEntropy, EqualsPyTorch) {
  expect_golden(objective("mean"), CrossEntropy::facts({}),
                "cross_entropy per-token mean (chosen only)");
}

TEST(CrossEntropy, SumsTokensWhereAsked) {
  torch::Tensor leaf;
  const Loss loss = objective("sum").evaluate(two_rows(leaf));
  EXPECT_FLOAT_EQ(loss.sum.item<float>(), 9.f + 9.f);
}

TEST(CrossEntropy, IsLn26OnUniformLetters) {
  const torch::Tensor mask = torch::ones({4, 16});
  const Columns columns({{"rows", {mask * float(-std::log(26.0)), {}, mask, {}}}});
  const CrossEntropy ce = objective("mean");
  EXPECT_NEAR(ce.evaluate(columns).sum.item<double>() / ce.count(columns), std::log(26.0), 1e-6);
}

}  // namespace
}  // namespace leakprobe
