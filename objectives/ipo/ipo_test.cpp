#include "ipo.h"

#include <gtest/gtest.h>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

Ipo ipo(const std::string& log_probs) {
  Ipo::Options options;
  options.log_probs = *value_of<Ipo::Options::Reduction>(log_probs);
  return {options, kit::TestContext()};
}

TEST(Ipo, SummedLogProbabilitiesEqualPyTorch) {
  expect_golden(ipo("sum"), Ipo::facts({}), "dpo_ipo beta=0.1 summed log-probs");
}

Columns tokens(const torch::Tensor& rejected) {
  const torch::Tensor two = torch::tensor({{1.f, 1.f}});
  return Columns({{"chosen", {torch::tensor({{-1.f, -2.f}}), torch::zeros({1, 2}), two, {}}},
                  {"rejected", {rejected, torch::zeros({1, 2}), two, {}}}});
}

TEST(Ipo, AveragesOverTokensWhereAsked) {
  const Columns columns = tokens(torch::tensor({{-4.f, -6.f}}));
  // delta: -3 + 10 summed, -1.5 + 5 averaged; drawn to 1 / (2 * 0.1) = 5.
  EXPECT_NEAR(ipo("sum").evaluate(columns).sum.item<double>(), 4.0, 1e-5);
  const Loss mean = ipo("mean").evaluate(columns);
  EXPECT_NEAR(mean.sum.item<double>(), 2.25, 1e-5);
  EXPECT_NEAR(mean.metrics[2].sum.item<double>(), 0.35, 1e-6);
}

TEST(Ipo, Is25WherePolicyAndReferenceAgree) {
  const torch::Tensor logps = torch::full({1, 3}, -2.f);
  const ColumnBatch batch{logps, logps, torch::ones({1, 3}), {}};
  const Columns columns({{"chosen", batch}, {"rejected", batch}});
  EXPECT_NEAR(ipo("sum").evaluate(columns).sum.item<double>(), 25, 1e-5);
}

TEST(Ipo, PushesRejectedTextUpBeyondItsTarget) {
  const torch::Tensor rejected = torch::tensor({{-4.f, -6.f}}).set_requires_grad(true);
  ipo("sum").evaluate(tokens(rejected)).sum.backward();
  EXPECT_LT(rejected.grad()[0][0].item<float>(), 0) << "delta 7 > 5: descent raises it";
}

}  // namespace
}  // namespace leakprobe
