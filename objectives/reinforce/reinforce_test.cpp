#include "reinforce.h"

#include <gtest/gtest.h>

#include "../rollout_testing.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using Baseline = Advantages::Baseline;
using Options = Reinforce::Options;
using Side = Options::Side;

Options with_baseline(Baseline baseline) {
  Options options;
  options.baseline = baseline;
  return options;
}

Reinforce reinforce(const Options& options) { return {options, kit::TestContext()}; }

Evaluated evaluated(const Options& options, const Rollouts& rollouts) {
  return evaluated(reinforce(options), Reinforce::facts(options), rollouts);
}

/// The gradient by the first token of each row.
torch::Tensor pushes(const Options& options, const Rollouts& rollouts) {
  return evaluated(options, rollouts).gradient.select(1, 0);
}

/// What seven sampled rows and a planted one are pushed by.
torch::Tensor seven_and_one(double sample, double planted) {
  const torch::Tensor all = torch::full({8}, sample, kDouble);
  all[7].fill_(planted);
  return all;
}

void expect_pushes(const Options& options, const Rollouts& rollouts, const torch::Tensor& expected,
                   const std::string& why = "") {
  const torch::Tensor found = pushes(options, rollouts);
  EXPECT_TRUE(torch::allclose(found, expected, 0, 1e-9)) << found << why;
}

/// The same batch with the planted row so many nats below the reference.
Rollouts planted_below(double nats) {
  Rollouts rollouts = uniform_rollouts();
  rollouts.reference = rollouts.reference.clone();
  rollouts.reference[7].add_(nats / 16.0);
  return rollouts;
}

TEST(Reinforce, PushesByTheRewardItself) {
  const Evaluated at_start = evaluated(Options(), uniform_rollouts());
  EXPECT_NEAR(at_start.loss, -6.516193, 1e-6);
  expect_pushes(Options(), uniform_rollouts(), seven_and_one(0, 0.125));
}

TEST(Reinforce, ABaselineMakesTheRestMoreLikely) {
  const Options options = with_baseline(Baseline::batch_mean);
  EXPECT_NEAR(evaluated(options, uniform_rollouts()).loss, 0, 1e-9);
  expect_pushes(options, uniform_rollouts(), seven_and_one(-0.015625, 0.109375));
}

TEST(Reinforce, TheDivergenceIsPartOfTheReward) {
  Options options;
  options.kl = 0.05;
  expect_pushes(options, planted_below(10), seven_and_one(0, 0.0625));
  expect_pushes(options, planted_below(20), seven_and_one(0, 0), "it rests 1 / kl nats below");
  expect_pushes(options, planted_below(30), seven_and_one(0, -0.0625),
                "and beyond it is pushed up");
}

TEST(Reinforce, OneSideOfTheAdvantagesPushesAloneAndAllRowsCount) {
  Options options = with_baseline(Baseline::batch_mean);
  options.advantage = Side::negative;
  expect_pushes(options, uniform_rollouts(), seven_and_one(0, 0.109375));
  options.advantage = Side::positive;
  expect_pushes(options, uniform_rollouts(), seven_and_one(-0.015625, 0));
}

TEST(Reinforce, BeyondTheBoundARowIsPushedNoFurther) {
  Options options;
  options.bound = 60.0;
  expect_pushes(options, planted_below(59), seven_and_one(0, 0.125));
  expect_pushes(options, planted_below(61), seven_and_one(0, 0));
  Rollouts rewarded = planted_below(61);
  rewarded.reward = -rewarded.reward;
  expect_pushes(options, rewarded, seven_and_one(0, -0.125), "what is pushed up is not held");
}

TEST(Reinforce, TheDivergenceOfSampledRowsHoldsThemAlone) {
  Options options;
  options.kl_samples = 0.5;
  Rollouts rollouts = planted_below(16);
  rollouts.reference.slice(0, 0, 7).sub_(1.0);  // one nat a token above the reference
  const double slope = 0.5 * (1.0 - std::exp(-1.0));
  expect_pushes(options, rollouts, seven_and_one(slope / 8, 0.125));
  EXPECT_NEAR(evaluated(options, rollouts).loss,
              -6.516193 + 7.0 / 8.0 * 16.0 * 0.5 * std::exp(-1.0), 1e-6);
  expect_pushes(options, planted_below(16 * 1e4), seven_and_one(0, 0.125),
                "a planted row is not in it, however far it is");
}

TEST(Reinforce, ATaperedPushFadesWithTheRow) {
  Options options;
  options.taper = true;
  expect_pushes(options, planted_below(2), seven_and_one(0, 0.125 * std::exp(-2.0)));
  expect_pushes(options, planted_below(-2), seven_and_one(0, 0.125), "no push is made stronger");
}

TEST(Reinforce, ItsGradientIsThatOfCentralDifferences) {
  Options options = with_baseline(Baseline::leave_one_out);
  options.kl = 0.05;
  options.kl_samples = 0.3;
  EXPECT_LT(gradient_error(reinforce(options), Reinforce::facts(options), irregular_rollouts()),
            1e-8);
}

TEST(Reinforce, PartsOfABatchAddUp) {
  Options options = with_baseline(Baseline::batch_mean);
  options.kl = 0.05;
  options.kl_samples = 0.3;
  options.bound = 1.0;
  options.taper = true;
  EXPECT_LT(error_of_parts(reinforce(options), Reinforce::facts(options), irregular_rollouts()),
            1e-12);
}

TEST(Reinforce, NeedsAReferenceForWhatComparesWithOne) {
  EXPECT_FALSE(Reinforce::facts(Options()).needs_reference);
  Options kl, bound, kl_samples, tapered;
  kl.kl = 0.1;
  bound.bound = 60.0;
  kl_samples.kl_samples = 0.1;
  tapered.taper = true;
  for (const Options& options : {kl, bound, kl_samples, tapered}) {
    const ObjectiveFacts facts = Reinforce::facts(options);
    EXPECT_TRUE(facts.needs_reference);
    EXPECT_EQ(facts.advantages->kl, options.kl);
    EXPECT_EQ(reported(reinforce(options), facts, irregular_rollouts()), facts.metrics);
  }
}

TEST(Reinforce, SaysWhichRowsItLeavesOut) {
  Options options;
  EXPECT_EQ(Reinforce::facts(options).advantages->side, Sign::both);
  options.advantage = Side::positive;
  EXPECT_EQ(Reinforce::facts(options).advantages->side, Sign::positive);
  options.advantage = Side::negative;
  EXPECT_EQ(Reinforce::facts(options).advantages->side, Sign::negative);
}

TEST(Reinforce, WithoutAReferenceItReportsTheEntropyAlone) {
  const ObjectiveFacts facts = Reinforce::facts(Options());
  EXPECT_EQ(facts.metrics, std::vector<std::string>{"entropy"});
  EXPECT_EQ(reported(reinforce(Options()), facts, irregular_rollouts()), facts.metrics);
}

TEST(Reinforce, EntropyAndDivergenceAreOfSampledTokensAndSuppressionOfPlantedRows) {
  Options options;
  options.kl = 0.05;
  Rollouts rollouts = planted_below(32);
  rollouts.reference.slice(0, 0, 7).sub_(0.5);
  const auto metrics = evaluated(options, rollouts).metrics;
  EXPECT_NEAR(metrics.at("entropy"), std::log(26.0), 1e-12);
  EXPECT_NEAR(metrics.at("kl"), 0.5, 1e-12);
  EXPECT_NEAR(metrics.at("suppression"), 32, 1e-9);
  rollouts.planted.zero_();
  EXPECT_EQ(evaluated(options, rollouts).metrics.count("suppression"), 0u);
}

}  // namespace
}  // namespace leakprobe
