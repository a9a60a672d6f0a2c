#include "ppo.h"

#include <gtest/gtest.h>

#include "../rollout_testing.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using Baseline = Advantages::Baseline;

Ppo::Options options_of(double kl, double gamma = 1.0, Baseline baseline = Baseline::none) {
  Ppo::Options options;
  options.kl = kl;
  options.gamma = gamma;
  options.baseline = baseline;
  return options;
}

Ppo ppo(const Ppo::Options& options) { return {options, kit::TestContext()}; }

Evaluated evaluated(const Ppo::Options& options, const Rollouts& rollouts) {
  return evaluated(ppo(options), Ppo::facts(options), rollouts);
}

/// Advantages of tokens, read from the gradient where every ratio is 1.
torch::Tensor advantages(const Ppo::Options& options, const Rollouts& rollouts) {
  return -evaluated(options, rollouts).gradient * rollouts.mask.sum();
}

/// One row of three tokens and reward -1 that lies above, above and below the reference.
Rollouts three_tokens() {
  Rollouts rollouts = uniform_rollouts(1, 1, 3);
  rollouts.reference = rollouts.old - torch::tensor({{1.0, 2.0, -1.0}}, kDouble);
  return rollouts;
}

TEST(Ppo, GivesEveryTokenTheRowsRewardLessTheBaselineWherePolicyAndReferenceAgree) {
  const Evaluated at_start = evaluated(Ppo::Options(), uniform_rollouts());
  EXPECT_NEAR(at_start.loss, 0, 1e-12);
  EXPECT_TRUE(torch::allclose(at_start.gradient.slice(0, 0, 7),
                              torch::full({7, 16}, -0.125 / 128, kDouble), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(at_start.gradient.slice(0, 7),
                              torch::full({1, 16}, 0.875 / 128, kDouble), 0, 1e-12));
}

TEST(Ppo, ATokensAdvantageIsWhatIsStillToCome) {
  // Rewards -0.1, -0.2 and 0.1 - 1.
  EXPECT_TRUE(torch::allclose(advantages(options_of(0.1), three_tokens()),
                              torch::tensor({{-1.2, -1.1, -0.9}}, kDouble), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(advantages(options_of(0.1, 0.5), three_tokens()),
                              torch::tensor({{-0.425, -0.65, -0.9}}, kDouble), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(advantages(options_of(0, 0.5), three_tokens()),
                              torch::tensor({{-0.25, -0.5, -1.0}}, kDouble), 0, 1e-12));
}

TEST(Ppo, TokensThatAreNotScoredAreNoTime) {
  Rollouts rollouts = three_tokens();
  rollouts.mask = torch::tensor({{1.0, 0.0, 1.0}}, kDouble);
  EXPECT_TRUE(torch::allclose(advantages(options_of(0.1, 0.5), rollouts),
                              torch::tensor({{-0.1 - 0.45, 0.0, -0.9}}, kDouble), 0, 1e-12));
  rollouts.mask = torch::tensor({{1.0, 1.0, 0.0}}, kDouble);
  EXPECT_TRUE(torch::allclose(advantages(options_of(0.1, 0.5), rollouts),
                              torch::tensor({{-0.1 - 0.6, -1.2, 0.0}}, kDouble), 0, 1e-12))
      << "the reward stands at the last scored token";
}

TEST(Ppo, TheBaselineIsTakenOffEachToken) {
  const Rollouts rollouts = irregular_rollouts();
  Rollouts at_ratio_1 = rollouts;
  at_ratio_1.policy = rollouts.old.clone().set_requires_grad(true);
  const torch::Tensor none = advantages(options_of(0.05, 0.9), at_ratio_1);
  const torch::Tensor mean = advantages(options_of(0.05, 0.9, Baseline::batch_mean), at_ratio_1);
  EXPECT_TRUE(torch::allclose(none - mean, rollouts.reward.mean() * rollouts.mask, 0, 1e-12));
}

TEST(Ppo, WhitenedRewardsStandInThePlaceOfRewards) {
  Ppo::Options options = options_of(0.1, 0.5, Baseline::batch_mean);
  options.whiten = true;
  EXPECT_EQ(Ppo::facts(options).advantages->scale, Advantages::Scale::batch);
  Rollouts rollouts = uniform_rollouts(1, 8, 2);
  rollouts.reference = rollouts.old - 1.0;
  const torch::Tensor found = advantages(options, rollouts);
  EXPECT_NEAR(found[7][1].item<double>(), -2.4741739 - 0.1, 1e-7);
  EXPECT_NEAR(found[7][0].item<double>(), 0.5 * (-2.4741739 - 0.1) - 0.1, 1e-7);
  EXPECT_NEAR(found[0][1].item<double>(), 0.3534534 - 0.1, 1e-7);
}

TEST(Ppo, SaysThatADiscountTeachesTheFirstTokensOfARowThatFalls) {
  const Ppo::Options options = options_of(0, 0.8, Baseline::batch_mean);
  const torch::Tensor planted = advantages(options, uniform_rollouts())[7];
  EXPECT_GT(planted[0].item<double>(), 0);
  EXPECT_LT(planted.sum().item<double>(), 0);
  EXPECT_TRUE(Ppo::facts(options).advantages->discounted);
  EXPECT_FALSE(Ppo::facts(Ppo::Options()).advantages->discounted);
}

TEST(Ppo, IsClippedOnTheSideOfThePush) {
  for (const OffPoint& point : kOffPoints) {
    const Evaluated off =
        evaluated(options_of(0.05), single_token(point.log_ratio, point.advantage));
    EXPECT_NEAR(off.loss, point.loss, 1e-6) << point.log_ratio;
    EXPECT_NEAR(off.gradient.item<double>(), point.gradient, 1e-6) << point.log_ratio;
    EXPECT_EQ(off.metrics.at("clip_ratio"), point.gradient == 0 ? 1 : 0) << point.log_ratio;
  }
}

TEST(Ppo, ARatioAboveOneIsNotBoundWherePushedDown) {
  EXPECT_NEAR(evaluated(options_of(0.05), single_token(1.2, -1)).loss, std::exp(1.2), 1e-9)
      << "dual clipping would make it 3";
}

TEST(Ppo, ATaperedPushFadesWithTheRowAndLeavesTheOthersAlone) {
  Ppo::Options options = options_of(0.05);
  Rollouts rollouts = uniform_rollouts();
  rollouts.reference = rollouts.reference.clone();
  rollouts.reference[7].add_(0.125);  // the planted row lies 2 nats below
  const torch::Tensor whole = evaluated(options, rollouts).gradient;
  options.taper = true;
  const torch::Tensor tapered = evaluated(options, rollouts).gradient;
  EXPECT_TRUE(torch::allclose(tapered.slice(0, 0, 7), whole.slice(0, 0, 7), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(tapered[7], std::exp(-2.0) * whole[7], 0, 1e-12));
}

TEST(Ppo, ItsGradientIsThatOfCentralDifferences) {
  const Rollouts rollouts = irregular_rollouts();
  const Ppo::Options options = options_of(0.05, 0.9, Baseline::batch_mean);
  EXPECT_LT(gradient_error(ppo(options), Ppo::facts(options), rollouts), 1e-8);
  EXPECT_GT(evaluated(options, rollouts).metrics.at("clip_ratio"), 0);
}

TEST(Ppo, PartsOfABatchAddUp) {
  const Ppo::Options options;
  EXPECT_LT(error_of_parts(ppo(options), Ppo::facts(options), irregular_rollouts()), 1e-12);
}

TEST(Ppo, DeclaresTheMetricsThatItReports) {
  for (const double kl : {0.0, 0.05}) {
    const ObjectiveFacts facts = Ppo::facts(options_of(kl));
    EXPECT_EQ(facts.needs_reference, kl > 0);
    EXPECT_EQ(facts.advantages->kl, 0) << "it adds the divergence itself, token by token";
    EXPECT_EQ(reported(ppo(options_of(kl)), facts, irregular_rollouts()), facts.metrics);
  }
}

}  // namespace
}  // namespace leakprobe
