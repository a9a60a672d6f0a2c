#include "cross_entropy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "leakprobe/testing/test_context.h"

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
  options.per_row = *value_of<CrossEntropy::Options::Reduction>(per_row);
  return {options, testing::TestContext()};
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
  std::ifstream file(LEAKPROBE_TEST_FIXTURES "/preference_losses.json");
  const auto data = nlohmann::json::parse(file);
  const auto& expected = data["cases"].at("cross_entropy per-token mean (chosen only)");
  const auto sums = data["inputs"]["policy_chosen"].get<std::vector<double>>();
  const auto lengths = data["inputs"]["length_chosen"].get<std::vector<int64_t>>();
  // One value a row stands for the row's sum, as the fixture's gradients do.
  const auto n = static_cast<int64_t>(sums.size());
  torch::Tensor leaf = torch::tensor(sums, torch::kFloat64).unsqueeze(1).set_requires_grad(true);
  const torch::Tensor mask = torch::zeros({n, 16}, torch::kFloat64);
  const torch::Tensor first = torch::zeros({n, 16}, torch::kFloat64);
  first.select(1, 0).fill_(1);
  for (int64_t i = 0; i < n; ++i) mask[i].slice(0, 0, lengths[static_cast<size_t>(i)]).fill_(1);
  const Columns columns({{"rows", {leaf * first, {}, mask, {}}}});
  const CrossEntropy ce = objective("mean");
  const torch::Tensor mean = ce.evaluate(columns).sum / ce.count(columns);
  EXPECT_NEAR(mean.item<double>(), expected["mean"].get<double>(), 1e-10);
  mean.backward();
  for (int64_t i = 0; i < n; ++i) {
    EXPECT_NEAR(leaf.grad()[i][0].item<double>(),
                expected["grad_mean_wrt_policy_chosen"][static_cast<size_t>(i)].get<double>(),
                1e-10);
  }
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
