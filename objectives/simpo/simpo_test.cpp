#include "simpo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

SimPo simpo(double beta = 2, double gamma = 1) {
  SimPo::Options options;
  options.beta = beta;
  options.gamma = gamma;
  return {options, kit::TestContext()};
}

TEST(SimPo, EqualsPyTorch) { expect_golden(simpo(), SimPo::facts({}), "simpo beta=2 gamma=1"); }

TEST(SimPo, IsTheSoftplusOfItsMarginWhereTextsAreEquallyLikely) {
  const torch::Tensor short_text = torch::full({1, 2}, -3.0, kDouble);
  const torch::Tensor long_text = torch::full({1, 5}, -3.0, kDouble);
  const Columns columns({{"chosen", {short_text, {}, torch::ones_like(short_text), {}}},
                         {"rejected", {long_text, {}, torch::ones_like(long_text), {}}}});
  EXPECT_NEAR(simpo().evaluate(columns).sum.item<double>(), std::log1p(std::exp(1.0)), 1e-12)
      << "whatever their lengths";
  EXPECT_NEAR(simpo(2, 0).evaluate(columns).sum.item<double>(), std::log(2.0), 1e-12);
}

TEST(SimPo, ComparesWithNoReference) {
  EXPECT_FALSE(SimPo::facts({}).needs_reference);
  const GoldenPairs pairs(SimPo::facts({}));
  const Loss loss = simpo().evaluate(pairs.columns());
  std::map<std::string, double> metrics;
  for (const Loss::Metric& metric : loss.metrics) metrics[metric.name] = metric.sum.item<double>();
  EXPECT_NEAR(metrics["rewards/chosen"], 2 * metrics["logps/chosen"], 1e-9);
  EXPECT_NEAR(metrics["rewards/rejected"], 2 * metrics["logps/rejected"], 1e-9);
  EXPECT_EQ(metrics["rewards/accuracies"], 3) << "of six pairs";
}

}  // namespace
}  // namespace leakprobe
