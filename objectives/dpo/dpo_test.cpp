#include "dpo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

Dpo dpo(const std::string& loss, double label_smoothing = 0, double beta = 0.1) {
  Dpo::Options options;
  options.loss = *value_of<Dpo::Options::Form>(loss);
  options.label_smoothing = label_smoothing;
  options.beta = beta;
  return {options, kit::TestContext()};
}

void expect_case(const Dpo& objective, const std::string& name) {
  expect_golden(objective, Dpo::facts({}), name);
}

TEST(Dpo, SigmoidEqualsPyTorch) { expect_case(dpo("sigmoid"), "dpo_sigmoid beta=0.1"); }

TEST(Dpo, LabelSmoothingEqualsPyTorch) {
  expect_case(dpo("sigmoid", 0.15), "dpo_sigmoid beta=0.1 label_smoothing=0.15 (cDPO)");
}

TEST(Dpo, RobustEqualsPyTorch) {
  expect_case(dpo("robust", 0.15), "dpo_robust beta=0.1 label_smoothing=0.15");
}

TEST(Dpo, HingeEqualsPyTorch) { expect_case(dpo("hinge"), "dpo_hinge beta=0.1"); }

TEST(Dpo, IsLn2WithoutMarginWherePolicyAndReferenceAgree) {
  const torch::Tensor logps = torch::full({3, 4}, -2.f);
  const torch::Tensor mask = torch::ones({3, 4});
  const Columns columns(
      {{"chosen", {logps, logps, mask, {}}}, {"rejected", {logps, logps, mask, {}}}});
  const Loss loss = dpo("sigmoid").evaluate(columns);
  EXPECT_NEAR(loss.sum.item<double>() / 3, 0.693147, 1e-6);
  EXPECT_EQ(loss.metrics[2].name, "rewards/margins");
  EXPECT_EQ(loss.metrics[2].sum.item<double>(), 0);
  EXPECT_NEAR(dpo("hinge").evaluate(columns).sum.item<double>() / 3, 1, 1e-6);
}

TEST(Dpo, SumsLogProbabilitiesOverTokens) {
  const torch::Tensor mask = torch::tensor({{1.f, 1.f, 0.f}});
  const Columns columns(
      {{"chosen",
        {torch::tensor({{-1.f, -2.f, 0.f}}), torch::tensor({{-2.f, -3.f, 0.f}}), mask, {}}},
       {"rejected",
        {torch::tensor({{-4.f, -5.f, 0.f}}), torch::tensor({{-3.f, -3.f, 0.f}}), mask, {}}}});
  const Loss loss = dpo("sigmoid").evaluate(columns);
  EXPECT_NEAR(loss.sum.item<double>(), std::log1p(std::exp(-0.1 * 5)), 1e-6);
  std::map<std::string, double> metrics;
  for (const Loss::Metric& metric : loss.metrics) {
    metrics[metric.name] = metric.sum.item<double>();
  }
  EXPECT_NEAR(metrics["rewards/chosen"], 0.2, 1e-6);
  EXPECT_NEAR(metrics["rewards/rejected"], -0.3, 1e-6);
  EXPECT_NEAR(metrics["rewards/margins"], 0.5, 1e-6);
  EXPECT_EQ(metrics["rewards/accuracies"], 1);
  EXPECT_NEAR(metrics["logps/chosen"], -3, 1e-6);
  EXPECT_NEAR(metrics["logps/rejected"], -9, 1e-6);
}

TEST(Dpo, StaysFiniteFarFromTheReference) {
  for (const std::string loss : {"sigmoid", "robust", "hinge"}) {
    for (const float far : {-1e5f, 1e5f}) {
      const torch::Tensor policy = torch::full({1, 1}, far).set_requires_grad(true);
      const torch::Tensor zero = torch::zeros({1, 1});
      const Columns columns({{"chosen", {policy, zero, torch::ones({1, 1}), {}}},
                             {"rejected", {zero, zero, torch::ones({1, 1}), {}}}});
      const Loss value = dpo(loss, loss == "hinge" ? 0 : 0.1).evaluate(columns);
      value.sum.backward();
      EXPECT_TRUE(std::isfinite(value.sum.item<float>())) << loss << far;
      EXPECT_TRUE(std::isfinite(policy.grad().item<float>())) << loss << far;
    }
  }
}

TEST(Dpo, PushesRejectedTextUpOnceSmoothedLabelsAreSatisfied) {
  // e = 0.1: beta delta > ln 9 = 2.197, so 22 nats at beta 0.1.
  for (const auto& [delta, sign] : {std::pair(21.f, 1.f), std::pair(23.f, -1.f)}) {
    const torch::Tensor rejected = torch::full({1, 1}, -delta).set_requires_grad(true);
    const torch::Tensor zero = torch::zeros({1, 1});
    const Columns columns({{"chosen", {zero, zero, torch::ones({1, 1}), {}}},
                           {"rejected", {rejected, zero, torch::ones({1, 1}), {}}}});
    dpo("sigmoid", 0.1).evaluate(columns).sum.backward();
    EXPECT_GT(rejected.grad().item<float>() * sign, 0) << delta;
  }
}

TEST(Dpo, DeclaresTheMetricsThatItReports) {
  std::vector<std::string> names;
  for (const auto& metric :
       dpo("sigmoid").evaluate(GoldenPairs(Dpo::facts({})).columns()).metrics) {
    names.push_back(metric.name);
  }
  EXPECT_EQ(names, Dpo::facts({}).metrics);
}

}  // namespace
}  // namespace leakprobe
