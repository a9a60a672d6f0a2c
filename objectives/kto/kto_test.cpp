#include "kto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

using Point = Kto::Options::Point;

Kto::Options options_of(Point point, double beta = 0.1) {
  Kto::Options options;
  options.reference_point = point;
  options.beta = beta;
  return options;
}

Kto kto(const Kto::Options& options) { return {options, kit::TestContext()}; }

ColumnBatch texts(const torch::Tensor& policy, const torch::Tensor& reference) {
  return {policy.unsqueeze(1), reference.unsqueeze(1), torch::ones_like(policy).unsqueeze(1), {}};
}

/// The rows of token_losses.json, of which chosen ones are 0, 2 and 3 and rejected ones 1 and 4.
class GoldenRows {
 public:
  explicit GoldenRows(const std::string& name)
      : expected(golden("token_losses.json")["cases"].at(name)),
        policy(vector(expected["policy"]).set_requires_grad(true)) {}

  /// As many items as there are mismatched rows, whose mean they keep.
  Columns columns(const std::vector<int64_t>& chosen, const std::vector<int64_t>& rejected) const {
    const auto rows = [&](const std::vector<int64_t>& of) {
      const torch::Tensor places = torch::tensor(of);
      return texts(policy.index_select(0, places),
                   vector(expected["reference"]).index_select(0, places));
    };
    return Columns({{"chosen", rows(chosen)},
                    {"rejected", rows(rejected)},
                    {"mismatched", texts(vector(expected["mismatched_policy"]),
                                         vector(expected["mismatched_reference"]))}});
  }
  double loss(int64_t row) const {
    return expected["per_row"][static_cast<size_t>(row)].get<double>();
  }

  const nlohmann::json expected;
  const torch::Tensor policy;
};

double kl_of(const Loss& loss) {
  const Loss::Metric& last = loss.metrics.back();
  EXPECT_EQ(last.name, "kl");
  EXPECT_EQ(last.count, 1);
  return last.sum.item<double>();
}

TEST(Kto, EqualsPyTorch) {
  const Kto objective = kto(options_of(Point::mismatched));
  for (const char* name : {"kto beta=0.1", "kto beta=0.1, mismatched ratios negative (z = 0)"}) {
    SCOPED_TRACE(name);
    const GoldenRows rows(name);
    for (const int64_t chosen : {0, 2, 3}) {
      for (const int64_t rejected : {1, 4}) {
        const Loss loss = objective.evaluate(
            rows.columns(std::vector<int64_t>(5, chosen), std::vector<int64_t>(5, rejected)));
        EXPECT_NEAR(loss.sum.item<double>(), 5 * (rows.loss(chosen) + rows.loss(rejected)), 1e-10);
        EXPECT_NEAR(kl_of(loss), rows.expected["z"].get<double>(), 1e-10);
      }
    }
    const std::vector<int64_t> chosen = {0, 2, 3, 0, 2}, rejected = {1, 4, 1, 4, 1};
    const Loss loss = objective.evaluate(rows.columns(chosen, rejected));
    loss.sum.backward();
    // The fixture's is the gradient of a mean over five rows, each of which stands there once.
    torch::Tensor expected = 5 * vector(rows.expected["grad_mean_wrt_policy"]);
    for (int64_t i = 0; i < 5; ++i) {
      expected[i].mul_(std::count(chosen.begin(), chosen.end(), i) +
                       std::count(rejected.begin(), rejected.end(), i));
    }
    EXPECT_TRUE(torch::allclose(rows.policy.grad(), expected, 0, 1e-10));
  }
}

/// Three items at irregular distances from the reference; each of the leaves may be asked for its
/// gradient.
struct Items {
  torch::Tensor chosen = torch::tensor({3.0, -1.0, 8.0}, kDouble).set_requires_grad(true);
  torch::Tensor rejected = torch::tensor({2.0, -9.0, 4.0}, kDouble).set_requires_grad(true);
  torch::Tensor mismatched = torch::tensor({6.0, 1.0, -2.0}, kDouble).set_requires_grad(true);

  Columns columns() const {
    const torch::Tensor zero = torch::zeros({3}, kDouble);
    return Columns({{"chosen", texts(chosen, zero)},
                    {"rejected", texts(rejected, zero)},
                    {"mismatched", texts(mismatched, zero)}});
  }
};

TEST(Kto, MeasuresFromTheMeanOfTheBatchOrOfItsMismatchedRows) {
  const Items items;
  EXPECT_NEAR(kl_of(kto(options_of(Point::batch)).evaluate(items.columns())), 7.0 / 6.0, 1e-12);
  EXPECT_NEAR(kl_of(kto(options_of(Point::mismatched)).evaluate(items.columns())), 5.0 / 3.0,
              1e-12);
}

TEST(Kto, TheReferencePointIsAConstant) {
  const Items items;
  kto(options_of(Point::mismatched)).evaluate(items.columns()).sum.backward();
  EXPECT_FALSE(items.mismatched.grad().defined());
  // With that point held, the gradient is the slope.
  constexpr double kStep = 1e-6;
  const Kto objective = kto(options_of(Point::mismatched));
  for (int64_t i = 0; i < 3; ++i) {
    for (const bool chosen : {true, false}) {
      const auto moved = [&](double by) {
        Items other;
        torch::Tensor& leaf = chosen ? other.chosen : other.rejected;
        leaf = leaf.detach().clone();
        leaf[i].add_(by);
        return objective.evaluate(other.columns()).sum.item<double>();
      };
      const double slope = (moved(kStep) - moved(-kStep)) / (2 * kStep);
      const torch::Tensor& gradient = (chosen ? items.chosen : items.rejected).grad();
      EXPECT_NEAR(gradient[i].item<double>(), slope, 1e-8) << i << chosen;
    }
  }
}

TEST(Kto, OfTheBatchAlsoHoldsItsPoint) {
  const Items items;
  kto(options_of(Point::batch)).evaluate(items.columns()).sum.backward();
  const double z = 7.0 / 6.0;
  for (int64_t i = 0; i < 3; ++i) {
    const auto slope = [&](double gain) {
      const double s = 1 / (1 + std::exp(-0.1 * gain));
      return 0.1 * s * (1 - s);
    };
    EXPECT_NEAR(items.chosen.grad()[i].item<double>(), -slope(items.chosen[i].item<double>() - z),
                1e-12);
    EXPECT_NEAR(items.rejected.grad()[i].item<double>(),
                slope(z - items.rejected[i].item<double>()), 1e-12);
  }
}

TEST(Kto, IsAHalfWithASlopeOfAQuarterOfBetaWherePolicyAndReferenceAgree) {
  const torch::Tensor chosen = torch::full({4}, -3.0, kDouble).set_requires_grad(true);
  const torch::Tensor rejected = torch::full({4}, -5.0, kDouble).set_requires_grad(true);
  const Columns columns({{"chosen", texts(chosen, chosen.detach())},
                         {"rejected", texts(rejected, rejected.detach())}});
  const Kto objective = kto(options_of(Point::batch, 0.2));
  const torch::Tensor mean = objective.evaluate(columns).sum / objective.count(columns);
  EXPECT_NEAR(mean.item<double>(), 0.5, 1e-12);
  mean.backward();
  EXPECT_TRUE(torch::allclose(chosen.grad(), torch::full({4}, -0.05 / 8, kDouble), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(rejected.grad(), torch::full({4}, 0.05 / 8, kDouble), 0, 1e-12));
}

TEST(Kto, WeightsItsTwoSides) {
  Kto::Options options = options_of(Point::mismatched);
  const Items items;
  const double both = kto(options).evaluate(items.columns()).sum.item<double>();
  options.desirable_weight = 3;
  const double more = kto(options).evaluate(items.columns()).sum.item<double>();
  options.desirable_weight = 1;
  options.undesirable_weight = 3;
  const double other = kto(options).evaluate(items.columns()).sum.item<double>();
  EXPECT_NEAR((more - both) + (other - both), 2 * both, 1e-12);
  EXPECT_GT(std::abs(more - other), 0.1);
}

TEST(Kto, DeclaresItsColumnsAndTheMetricsThatItReports) {
  const ObjectiveFacts batch = Kto::facts(options_of(Point::batch));
  EXPECT_EQ(batch.columns.size(), 2u);
  EXPECT_EQ(batch.scope, ObjectiveFacts::Scope::batch);
  const ObjectiveFacts mismatched = Kto::facts(options_of(Point::mismatched));
  ASSERT_EQ(mismatched.columns.size(), 3u);
  EXPECT_EQ(mismatched.columns[2].name, "mismatched");
  EXPECT_EQ(mismatched.columns[2].sign, Sign::none);
  std::vector<std::string> names;
  for (const auto& metric : kto(options_of(Point::batch)).evaluate(Items().columns()).metrics) {
    names.push_back(metric.name);
  }
  EXPECT_EQ(names, batch.metrics);
}

}  // namespace
}  // namespace leakprobe
