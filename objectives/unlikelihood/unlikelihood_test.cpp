#include "unlikelihood.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

Unlikelihood objective(PerRow per_row = PerRow::mean) {
  Unlikelihood::Options options;
  options.per_row = per_row;
  return {options, kit::TestContext()};
}

TEST(Unlikelihood, EqualsPyTorch) {
  const nlohmann::json data = golden("token_losses.json");
  const nlohmann::json& expected = data["cases"].at(
      "unlikelihood alpha=1: mean over rows of the mean over tokens of -log(1 - p)");
  const torch::Tensor leaf =
      matrix(data["inputs"]["token_logprobs"]).detach().set_requires_grad(true);
  const torch::Tensor mask = mask_of(data["inputs"]["lengths"], leaf.size(1));
  const auto rows = [&](int64_t from, int64_t to) {
    return Columns(
        {{"rejected", {(leaf * mask).slice(0, from, to), {}, mask.slice(0, from, to), {}}}});
  };
  const int64_t n = leaf.size(0);
  for (int64_t i = 0; i < n; ++i) {
    EXPECT_NEAR(objective().evaluate(rows(i, i + 1)).sum.item<double>(),
                expected["per_row"][static_cast<size_t>(i)].get<double>(), 1e-10);
  }
  const torch::Tensor mean = objective().evaluate(rows(0, n)).sum / objective().count(rows(0, n));
  EXPECT_NEAR(mean.item<double>(), expected["mean"].get<double>(), 1e-10);
  mean.backward();
  EXPECT_TRUE(torch::allclose(leaf.grad(), matrix(expected["grad"]), 0, 1e-10));
}

double loss_at(double log_p, PerRow per_row = PerRow::mean) {
  const torch::Tensor tokens = torch::full({1, 2}, log_p, kDouble);
  return objective(per_row)
      .evaluate(Columns({{"rejected", {tokens, {}, torch::ones_like(tokens), {}}}}))
      .sum.item<double>();
}

TEST(Unlikelihood, IsOfUniformLetters) {
  EXPECT_NEAR(loss_at(-std::log(26.0)), 0.03922, 1e-5);
  EXPECT_NEAR(loss_at(-std::log(26.0), PerRow::sum), 2 * 0.03922, 2e-5);
}

TEST(Unlikelihood, IsFiniteAndPushesDownWhatIsCertain) {
  for (const float log_p : {0.F, -1e-7F, -1e-3F, -50.F}) {
    const torch::Tensor token = torch::full({1, 1}, log_p).set_requires_grad(true);
    const Loss loss =
        objective().evaluate(Columns({{"rejected", {token, {}, torch::ones({1, 1}), {}}}}));
    loss.sum.backward();
    EXPECT_TRUE(std::isfinite(loss.sum.item<double>())) << log_p;
    EXPECT_TRUE(std::isfinite(token.grad().item<double>())) << log_p;
    EXPECT_GT(token.grad().item<double>(), 0) << log_p;
  }
}

TEST(Unlikelihood, GoesOnAlongItsTangentNearOne) {
  constexpr double kStep = 1e-8;
  const double edge = std::log1p(-1e-5);
  EXPECT_NEAR((loss_at(edge) - loss_at(edge - kStep)) / kStep, 1e5, 2e2);
  EXPECT_NEAR((loss_at(edge + kStep) - loss_at(edge)) / kStep, 1e5, 2e2);
  EXPECT_NEAR((loss_at(0) - loss_at(-kStep)) / kStep, 1e5, 2e2);
}

}  // namespace
}  // namespace leakprobe
