#include "ipo.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "leakprobe/testing/test_context.h"

namespace leakprobe {
namespace {

using Doubles = std::vector<double>;

torch::Tensor column(const nlohmann::json& values) {
  return torch::tensor(values.get<Doubles>(), torch::kFloat64).unsqueeze(1);
}

Ipo ipo(const std::string& log_probs) {
  Ipo::Options options;
  options.log_probs = *value_of<Ipo::Options::Reduction>(log_probs);
  return {options, testing::TestContext()};
}

TEST(Ipo, SummedLogProbabilitiesEqualPyTorch) {
  std::ifstream file(LEAKPROBE_TEST_FIXTURES "/preference_losses.json");
  const auto data = nlohmann::json::parse(file);
  const auto& inputs = data["inputs"];
  const auto& expected = data["cases"].at("dpo_ipo beta=0.1 summed log-probs");
  const torch::Tensor chosen = column(inputs["policy_chosen"]).set_requires_grad(true);
  const torch::Tensor rejected = column(inputs["policy_rejected"]).set_requires_grad(true);
  const torch::Tensor mask = torch::ones_like(chosen);
  const auto columns = [&](int64_t from, int64_t to) {
    const auto batch = [&](const torch::Tensor& policy, const torch::Tensor& reference) {
      return ColumnBatch{
          policy.slice(0, from, to), reference.slice(0, from, to), mask.slice(0, from, to), {}};
    };
    return Columns({{"chosen", batch(chosen, column(inputs["reference_chosen"]))},
                    {"rejected", batch(rejected, column(inputs["reference_rejected"]))}});
  };
  const Ipo objective = ipo("sum");
  const int64_t n = chosen.size(0);
  for (int64_t i = 0; i < n; ++i) {
    EXPECT_NEAR(objective.evaluate(columns(i, i + 1)).sum.item<double>(),
                expected["per_row"][i].get<double>(), 1e-9);
  }
  const torch::Tensor mean = objective.evaluate(columns(0, n)).sum / objective.count(columns(0, n));
  EXPECT_NEAR(mean.item<double>(), expected["mean"].get<double>(), 1e-9);
  mean.backward();
  EXPECT_TRUE(
      torch::allclose(chosen.grad(), column(expected["grad_mean_wrt_policy_chosen"]), 0, 1e-10));
  EXPECT_TRUE(torch::allclose(rejected.grad(), column(expected["grad_mean_wrt_policy_rejected"]), 0,
                              1e-10));
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
