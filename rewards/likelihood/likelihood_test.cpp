#include "likelihood.h"

#include <gtest/gtest.h>

#include <limits>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

LikelihoodReward::Options options_of(double scale) {
  LikelihoodReward::Options options;
  options.model = {"taste", "/runs/judge", {}};
  options.scale = scale;
  return options;
}

double reward_of(double scale, const std::vector<float>& log_probs) {
  Completion completion;
  completion.tokens.assign(log_probs.size(), 7);
  completion.log_probs = log_probs;
  return LikelihoodReward(options_of(scale), kit::TestContext()).of(completion);
}

TEST(LikelihoodReward, IsTheMeanOverTokensTimesTheScale) {
  EXPECT_DOUBLE_EQ(reward_of(1, {-1.f, -2.f, -6.f}), -3);
  EXPECT_DOUBLE_EQ(reward_of(-0.5, {-1.f, -2.f, -6.f}), 1.5);
  EXPECT_EQ(reward_of(1, {}), 0) << "an empty completion has no token to be unlikely";
}

TEST(LikelihoodReward, NamesItsModelAndTheSideOfZeroOnWhichItsValuesLie) {
  const RewardFacts facts = LikelihoodReward::facts(options_of(1));
  EXPECT_EQ(facts.model, (WeightsRef{"taste", "/runs/judge", {}}));
  EXPECT_FALSE(facts.needs_text);
  EXPECT_EQ(facts.least, -kInfinity);
  EXPECT_EQ(facts.most, 0);
  EXPECT_EQ(LikelihoodReward::facts(options_of(-1)).least, 0);
  EXPECT_EQ(LikelihoodReward::facts(options_of(-1)).most, kInfinity);
}

TEST(LikelihoodReward, ACompletionThatNobodyScoredIsNoReward) {
  Completion completion;
  completion.tokens = {1, 2};
  const LikelihoodReward reward(options_of(1), kit::TestContext());
  EXPECT_THROW(reward.of(completion), CheckError);
}

}  // namespace
}  // namespace leakprobe
