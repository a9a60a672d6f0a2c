#include "length.h"

#include <gtest/gtest.h>

#include <limits>

#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

LengthReward::Options options_of(double per_token, std::optional<int64_t> at_most = {}) {
  LengthReward::Options options;
  options.per_token = per_token;
  options.at_most = at_most;
  return options;
}

double reward_of(const LengthReward::Options& options, size_t tokens) {
  Completion completion;
  completion.tokens.assign(tokens, 7);
  return LengthReward(options, kit::TestContext()).of(completion);
}

TEST(LengthReward, CountsTokensUpToItsLimit) {
  EXPECT_EQ(reward_of(options_of(0.5), 0), 0);
  EXPECT_EQ(reward_of(options_of(0.5), 6), 3);
  EXPECT_EQ(reward_of(options_of(0.5, 4), 3), 1.5);
  EXPECT_EQ(reward_of(options_of(0.5, 4), 6), 2);
}

TEST(LengthReward, ItsValuesLieBetweenNothingAndTheLimit) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto expect_range = [](const LengthReward::Options& options, double least, double most) {
    const RewardFacts facts = LengthReward::facts(options);
    EXPECT_EQ(facts.least, least);
    EXPECT_EQ(facts.most, most);
  };
  expect_range(options_of(0.5, 4), 0, 2);
  expect_range(options_of(-0.5, 4), -2, 0);
  expect_range(options_of(0.5), 0, kInfinity);
  expect_range(options_of(-0.5), -kInfinity, 0);
}

}  // namespace
}  // namespace leakprobe
