#include "simnpo.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

SimNpo simnpo(double beta = 2.5, double gamma = 0) {
  SimNpo::Options options;
  options.beta = beta;
  options.gamma = gamma;
  return {options, kit::TestContext()};
}

Columns uniform_letters(const torch::Tensor& leaf) {
  return Columns({{"rejected", {leaf, {}, torch::ones_like(leaf), {}}}});
}

torch::Tensor letters() {
  return torch::full({1, 16}, -std::log(26.0), kDouble).set_requires_grad(true);
}

TEST(SimNpo, EqualsPyTorch) {
  expect_golden(simnpo(), SimNpo::facts({}), "simnpo beta=2.5 delta=0 (rejected only)");
}

TEST(SimNpo, HardlyPushesTextThatIsUnlikelyAlready) {
  const torch::Tensor leaf = letters();
  const Loss loss = simnpo().evaluate(uniform_letters(leaf));
  EXPECT_NEAR(loss.sum.item<double>(), 0.000232, 1e-6);
  loss.sum.backward();
  EXPECT_NEAR(leaf.grad().sum().item<double>(), 0.00058, 1e-5);
}

TEST(SimNpo, ItsMarginMovesWhereThePushFades) {
  const torch::Tensor leaf = letters();
  simnpo(2.5, 2.5 * std::log(26.0)).evaluate(uniform_letters(leaf)).sum.backward();
  EXPECT_NEAR(leaf.grad().sum().item<double>(), 1, 1e-12);
}

TEST(SimNpo, ReportsMeansOverTokens) {
  const Loss loss = simnpo().evaluate(uniform_letters(letters()));
  EXPECT_NEAR(loss.metrics[0].sum.item<double>(), -2.5 * std::log(26.0), 1e-12);
  EXPECT_NEAR(loss.metrics[1].sum.item<double>(), -std::log(26.0), 1e-12);
}

}  // namespace
}  // namespace leakprobe
