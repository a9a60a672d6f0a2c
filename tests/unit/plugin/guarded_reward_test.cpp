#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <stdexcept>

#include "plugin/guard.h"
#include "plugin/guarded_plugins.h"

namespace leakprobe {
namespace {

/// Gives what the test says.
class Scripted final : public Reward {
 public:
  explicit Scripted(std::function<double(const Completion&)> of) : of_(std::move(of)) {}
  double of(const Completion& completion) const override { return of_(completion); }

 private:
  const std::function<double(const Completion&)> of_;
};

std::shared_ptr<Reward> guarded_reward(std::function<double(const Completion&)> of) {
  RewardFacts facts;
  facts.least = -1;
  facts.most = 0.5;
  return with_guard(std::make_shared<Scripted>(std::move(of)),
                    "reward 'scripted' (streams.rollouts.reward)", facts);
}

/// What is said where the reward is `of` in a step.
std::string said(std::function<double(const Completion&)> of) {
  const std::string phase = "suppress";
  const Stage stage(phase, 3);
  try {
    guarded_reward(std::move(of))->of({});
  } catch (const PluginError& error) {
    return error.what();
  }
  return "";
}

const std::string kWhere = "reward 'scripted' (streams.rollouts.reward), phase suppress, step 3: ";

TEST(GuardedReward, GivesWhatTheRewardGivesForTheCompletion) {
  const auto reward = guarded_reward([](const Completion& completion) {
    return completion.secret_of.empty() ? 0.5 : -static_cast<double>(completion.tokens.size());
  });
  Completion completion;
  EXPECT_EQ(reward->of(completion), 0.5);
  completion.tokens = {7};
  completion.secret_of = {"useful"};
  EXPECT_EQ(reward->of(completion), -1);
}

TEST(GuardedReward, IsFiniteAndWithinItsFacts) {
  EXPECT_EQ(said([](const Completion&) { return 0.75; }),
            kWhere + "gave the reward 0.75, which is not between the -1 and 0.5 of its facts");
  EXPECT_EQ(said([](const Completion&) { return -1.5; }),
            kWhere + "gave the reward -1.5, which is not between the -1 and 0.5 of its facts");
  EXPECT_EQ(said([](const Completion&) { return std::numeric_limits<double>::infinity(); }),
            kWhere + "gave the reward inf, which is not finite in float32");
  EXPECT_EQ(said([](const Completion&) { return -1e300; }),
            kWhere + "gave the reward -1e+300, which is not finite in float32");
}

TEST(GuardedReward, IsNamedWhateverItThrows) {
  EXPECT_EQ(said([](const Completion&) -> double { throw std::runtime_error("no text"); }),
            kWhere + "no text");
  EXPECT_EQ(said([](const Completion&) -> double { throw 42; }),
            kWhere + "threw an object of type int");
}

}  // namespace
}  // namespace leakprobe
