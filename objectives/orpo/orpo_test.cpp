#include "orpo.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

Orpo orpo(double beta = 0.1) {
  Orpo::Options options;
  options.beta = beta;
  return {options, kit::TestContext()};
}

TEST(Orpo, EqualsPyTorch) { expect_golden(orpo(), Orpo::facts({}), "orpo beta=0.1"); }

Columns pair(const torch::Tensor& chosen, const torch::Tensor& rejected) {
  return Columns({{"chosen", {chosen, {}, torch::ones_like(chosen), {}}},
                  {"rejected", {rejected, {}, torch::ones_like(rejected), {}}}});
}

TEST(Orpo, IsCrossEntropyPlusBetaLn2WhereTextsAreEquallyLikely) {
  const torch::Tensor text = torch::full({1, 16}, -std::log(26.0), kDouble);
  for (const double beta : {0.1, 1.0}) {
    EXPECT_NEAR(orpo(beta).evaluate(pair(text, text)).sum.item<double>(),
                std::log(26.0) + beta * std::log(2.0), 1e-12);
  }
}

TEST(Orpo, IsFiniteAndOfItsSignsAtEveryProbability) {
  for (const float chosen : {0.F, -1e-6F, -2.F, -1e4F}) {
    for (const float rejected : {0.F, -1e-6F, -2.F, -1e4F}) {
      const torch::Tensor up = torch::full({1, 1}, chosen).set_requires_grad(true);
      const torch::Tensor down = torch::full({1, 1}, rejected).set_requires_grad(true);
      const Loss loss = orpo().evaluate(pair(up, down));
      loss.sum.backward();
      EXPECT_TRUE(std::isfinite(loss.sum.item<double>())) << chosen << " " << rejected;
      EXPECT_TRUE(std::isfinite(up.grad().item<double>())) << chosen << " " << rejected;
      EXPECT_TRUE(std::isfinite(down.grad().item<double>())) << chosen << " " << rejected;
      EXPECT_LT(up.grad().item<double>(), 0) << chosen << " " << rejected;
      EXPECT_GE(down.grad().item<double>(), 0) << chosen << " " << rejected;
    }
  }
}

TEST(Orpo, DeclaresTheMetricsThatItReports) {
  const ObjectiveFacts facts = Orpo::facts({});
  const Loss loss = orpo().evaluate(GoldenPairs(facts).columns());
  std::vector<std::string> names;
  for (const Loss::Metric& metric : loss.metrics) names.push_back(metric.name);
  EXPECT_EQ(names, facts.metrics);
}

}  // namespace
}  // namespace leakprobe
