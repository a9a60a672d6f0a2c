#include "gradient_ascent.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../golden_testing.h"

namespace leakprobe {
namespace {

GradientAscent objective(PerRow per_row = PerRow::mean, bool taper = false) {
  GradientAscent::Options options;
  options.per_row = per_row;
  options.taper = taper;
  return {options, kit::TestContext()};
}

/// Two rows of 3 and 2 scored tokens under a reference that gives the first 2 nats more.
Columns two_rows(const torch::Tensor& leaf) {
  const torch::Tensor mask = torch::tensor({{1.0, 1.0, 1.0}, {1.0, 1.0, 0.0}}, kDouble);
  const torch::Tensor more = torch::tensor({{2.0, 0.0, 0.0}, {-2.0, 0.0, 0.0}}, kDouble);
  return Columns({{"rejected", {leaf * mask, leaf.detach() * mask + more, mask, {}}}});
}

torch::Tensor leaf() {
  return torch::tensor({{-1.0, -2.0, -6.0}, {-4.0, -5.0, 0.0}}, kDouble).set_requires_grad(true);
}

TEST(GradientAscent, EqualsPyTorch) {
  expect_golden(objective(), GradientAscent::facts({}),
                "gradient_ascent per-token mean (rejected only)");
}

TEST(GradientAscent, SumsTokensWhereAsked) {
  EXPECT_EQ(objective(PerRow::sum).evaluate(two_rows(leaf())).sum.item<double>(), -9 - 9);
  EXPECT_EQ(objective(PerRow::mean).evaluate(two_rows(leaf())).sum.item<double>(), -3 - 4.5);
}

TEST(GradientAscent, ATaperedPushFadesWithTheRowAndIsNeverMadeStronger) {
  const torch::Tensor rows = leaf();
  objective(PerRow::sum, true).evaluate(two_rows(rows)).sum.backward();
  const double faded = std::exp(-2.0);
  EXPECT_TRUE(torch::allclose(
      rows.grad(), torch::tensor({{faded, faded, faded}, {1.0, 1.0, 0.0}}, kDouble), 0, 1e-12));
}

TEST(GradientAscent, NeedsAReferenceForItsTaperAlone) {
  GradientAscent::Options options;
  EXPECT_FALSE(GradientAscent::facts(options).needs_reference);
  options.taper = true;
  EXPECT_TRUE(GradientAscent::facts(options).needs_reference);
  EXPECT_TRUE(GradientAscent::facts(options).detaches);
}

}  // namespace
}  // namespace leakprobe
