#include "npo.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

Npo npo(double beta = 0.1) {
  Npo::Options options;
  options.beta = beta;
  return {options, kit::TestContext()};
}

TEST(Npo, EqualsPyTorch) { expect_golden(npo(), Npo::facts({}), "npo beta=0.1 (rejected only)"); }

TEST(Npo, IsTwiceLn2OverBetaWithASlopeOfOneWherePolicyAndReferenceAgree) {
  for (const double beta : {0.1, 2.0}) {
    const torch::Tensor policy = torch::full({1, 1}, -2.0, kDouble).set_requires_grad(true);
    const Columns columns(
        {{"rejected", {policy, policy.detach(), torch::ones({1, 1}, kDouble), {}}}});
    const Loss loss = npo(beta).evaluate(columns);
    EXPECT_NEAR(loss.sum.item<double>(), 2 / beta * std::log(2.0), 1e-12);
    loss.sum.backward();
    EXPECT_NEAR(policy.grad().item<double>(), 1, 1e-12);
    EXPECT_EQ(loss.metrics[0].sum.item<double>(), 0) << "rewards/rejected";
    EXPECT_EQ(loss.metrics[1].sum.item<double>(), -2) << "logps/rejected";
  }
}

TEST(Npo, FadesBelowTheReferenceAndNeverTurnsRound) {
  double before = 3;
  for (const double distance : {1e4, 20.0, 0.0, -20.0, -200.0, -1e4}) {
    const torch::Tensor policy = torch::full({1, 1}, distance, kDouble).set_requires_grad(true);
    const torch::Tensor zero = torch::zeros({1, 1}, kDouble);
    npo().evaluate(Columns({{"rejected", {policy, zero, zero + 1, {}}}})).sum.backward();
    const double slope = policy.grad().item<double>();
    EXPECT_LT(slope, before) << distance;
    EXPECT_GE(slope, 0) << distance;
    before = slope;
  }
  EXPECT_LT(before, 1e-100);
}

}  // namespace
}  // namespace leakprobe
