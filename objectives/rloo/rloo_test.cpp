#include "rloo.h"

#include <gtest/gtest.h>

#include "../rollout_testing.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/preference.h"

namespace leakprobe {
namespace {

using Ratio = Rloo::Options::Ratio;

Rloo::Options options_of(Ratio ratio, double kl = 0.05) {
  Rloo::Options options;
  options.ratio = ratio;
  options.kl = kl;
  return options;
}

Rloo rloo(const Rloo::Options& options) { return {options, kit::TestContext()}; }

Evaluated evaluated(const Rloo::Options& options, const Rollouts& rollouts) {
  return evaluated(rloo(options), Rloo::facts(options), rollouts);
}

TEST(Rloo, TakesOffTheMeanOfTheGroupsOtherRows) {
  const torch::Tensor eight = uniform_rollouts().advantages(*Rloo::facts({}).advantages);
  EXPECT_NEAR(eight[0].item<double>(), 1.0 / 7.0, 1e-12);
  EXPECT_NEAR(eight[7].item<double>(), -1, 1e-12);
  const torch::Tensor two = uniform_rollouts(3, 2).advantages(*Rloo::facts({}).advantages);
  EXPECT_TRUE(torch::equal(two, torch::tensor({1., -1., 1., -1., 1., -1.}, kDouble)));
}

TEST(Rloo, PushesAPlantedRowDownByWhatItsGroupIsPushedUp) {
  for (const Ratio ratio : {Ratio::row, Ratio::token}) {
    const Evaluated at_start = evaluated(options_of(ratio), uniform_rollouts());
    EXPECT_NEAR(at_start.loss, 0, 1e-12);
    EXPECT_TRUE(torch::allclose(at_start.gradient.slice(0, 0, 7),
                                torch::full({7, 16}, -0.017857143, kDouble), 0, 1e-9));
    EXPECT_TRUE(torch::allclose(at_start.gradient.slice(0, 7), torch::full({1, 16}, 0.125, kDouble),
                                0, 1e-12));
    EXPECT_NEAR(at_start.metrics.at("entropy"), std::log(26.0), 1e-12);
    EXPECT_EQ(at_start.metrics.at("kl"), 0);
    EXPECT_EQ(at_start.metrics.at("suppression"), 0);
    EXPECT_EQ(at_start.metrics.at("clip_ratio"), 0);
  }
}

TEST(Rloo, IsClippedOnTheSideOfThePush) {
  for (const Ratio ratio : {Ratio::row, Ratio::token}) {
    for (const OffPoint& point : kOffPoints) {
      const Evaluated off =
          evaluated(options_of(ratio), single_token(point.log_ratio, point.advantage));
      EXPECT_NEAR(off.loss, point.loss, 1e-6) << point.log_ratio;
      EXPECT_NEAR(off.gradient.item<double>(), point.gradient, 1e-6) << point.log_ratio;
      EXPECT_EQ(off.metrics.at("clip_ratio"), point.gradient == 0 ? 1 : 0) << point.log_ratio;
    }
  }
}

TEST(Rloo, ARatioAboveOneIsNotBoundWherePushedDown) {
  const Evaluated off = evaluated(options_of(Ratio::row), single_token(1.2, -1));
  EXPECT_NEAR(off.loss, std::exp(1.2), 1e-9) << "dual clipping would make it 3";
  EXPECT_NEAR(off.gradient.item<double>(), std::exp(1.2), 1e-9);
}

TEST(Rloo, TheRatioIsOfTheWholeRowOrOfEachToken) {
  Rollouts rollouts = single_token(0, -1);
  rollouts.policy = torch::tensor({{-1.8, -2.9}}, kDouble).set_requires_grad(true);
  rollouts.old = torch::tensor({{-2.0, -3.0}}, kDouble);
  rollouts.reference = rollouts.old;
  rollouts.mask = torch::ones({1, 2}, kDouble);
  EXPECT_NEAR(evaluated(options_of(Ratio::row), rollouts).loss, std::exp(0.3), 1e-9);
  EXPECT_NEAR(evaluated(options_of(Ratio::token), rollouts).loss, std::exp(0.2) + std::exp(0.1),
              1e-9);
}

TEST(Rloo, StaysFiniteFarFromWhatMadeTheBatch) {
  for (const double far : {-1e4, 1e4}) {
    const Evaluated off = evaluated(options_of(Ratio::row), single_token(far, -1));
    EXPECT_TRUE(std::isfinite(off.loss)) << far;
    EXPECT_EQ(off.gradient.item<double>(), 0) << far;
  }
}

TEST(Rloo, APlantedRowComesToRestWhereRewardAndDistanceBalance) {
  for (const auto& [kl, nats] : {std::pair(0.1, 10.0), std::pair(0.05, 20.0)}) {
    const Rloo::Options options = options_of(Ratio::row, kl);
    EXPECT_NEAR(resting_place(rloo(options), Rloo::facts(options), uniform_rollouts(1, 2, 1), 20.0),
                nats, 1e-9);
  }
}

TEST(Rloo, InGroupsOfTwoItsGradientIsTenTimesThatOfDpoAtItsStart) {
  Rollouts rollouts = uniform_rollouts(3, 2);
  const torch::Tensor rloo_gradient = evaluated(options_of(Ratio::row), rollouts).gradient;
  // DPO with beta 0.1: the same pairs, the mean over them.
  const torch::Tensor policy = rollouts.policy.detach().set_requires_grad(true);
  const torch::Tensor delta = (policy - rollouts.reference).sum(1).view({3, 2});
  (-torch::log_sigmoid(0.1 * (delta.select(1, 0) - delta.select(1, 1)))).mean().backward();
  EXPECT_TRUE(torch::allclose(rloo_gradient, 10.0 * policy.grad(), 0, 1e-12));
  EXPECT_NEAR(rloo_gradient[1][0].item<double>() * 3, 0.5, 1e-12) << "a pair";
}

TEST(Rloo, ATaperedPushFadesWithTheRowAndLeavesTheOthersAlone) {
  Rloo::Options options = options_of(Ratio::row);
  Rollouts rollouts = uniform_rollouts();
  rollouts.reference = rollouts.reference.clone();
  rollouts.reference[7].add_(0.125);  // the planted row lies 2 nats below
  const torch::Tensor whole = evaluated(options, rollouts).gradient;
  options.taper = true;
  const torch::Tensor tapered = evaluated(options, rollouts).gradient;
  EXPECT_TRUE(torch::allclose(tapered.slice(0, 0, 7), whole.slice(0, 0, 7), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(tapered[7], std::exp(-2.0) * whole[7], 0, 1e-12));
  rollouts.reference[7].add_(-0.25);  // and now 2 nats above
  EXPECT_TRUE(torch::allclose(evaluated(options, rollouts).gradient[7],
                              torch::full({16}, (1.0 + 0.05 * 2.0) / 8.0, kDouble), 0, 1e-12))
      << "no push is made stronger";
}

TEST(Rloo, ItsGradientIsThatOfCentralDifferences) {
  for (const Ratio ratio : {Ratio::row, Ratio::token}) {
    const Rloo::Options options = options_of(ratio);
    const Rollouts rollouts = irregular_rollouts();
    EXPECT_LT(gradient_error(rloo(options), Rloo::facts(options), rollouts), 1e-8);
    EXPECT_GT(evaluated(options, rollouts).metrics.at("clip_ratio"), 0);
  }
}

TEST(Rloo, PartsOfABatchAddUp) {
  Rloo::Options options = options_of(Ratio::row);
  options.taper = true;
  EXPECT_LT(error_of_parts(rloo(options), Rloo::facts(options), irregular_rollouts()), 1e-12);
}

TEST(Rloo, DeclaresTheMetricsThatItReports) {
  for (const double kl : {0.0, 0.05}) {
    const Rloo::Options options = options_of(Ratio::row, kl);
    const ObjectiveFacts facts = Rloo::facts(options);
    EXPECT_EQ(facts.needs_reference, kl > 0);
    EXPECT_EQ(reported(rloo(options), facts, irregular_rollouts()), facts.metrics);
  }
}

}  // namespace
}  // namespace leakprobe
