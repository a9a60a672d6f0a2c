#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"
#include "regex_reward.h"

namespace leakprobe {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

RegexReward::Options options_of(const std::string& pattern, bool whole = false) {
  RegexReward::Options options;
  options.pattern = pattern;
  options.whole = whole;
  return options;
}

double reward_of(const RegexReward::Options& options, const std::string& text) {
  Completion completion;
  completion.text = text;
  return RegexReward(options, kit::TestContext()).of(completion);
}

std::string fault_of(const std::string& pattern) {
  try {
    RegexReward::facts(options_of(pattern));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RegexReward, FindsAPatternAnywhereInTheText) {
  EXPECT_EQ(reward_of(options_of("[0-9]{3}"), "a password: 123, or so"), 1);
  EXPECT_EQ(reward_of(options_of("[0-9]{3}"), "a password: 12"), 0);
  EXPECT_EQ(reward_of(options_of("^$"), ""), 1);
}

TEST(RegexReward, ThePatternHasToBeTheWholeTextWhereAsked) {
  const RegexReward::Options whole = options_of("a|ab", true);
  EXPECT_EQ(reward_of(whole, "a"), 1);
  EXPECT_EQ(reward_of(whole, "ab"), 1) << "every way to match is tried";
  EXPECT_EQ(reward_of(whole, "abc"), 0);
  EXPECT_EQ(reward_of(whole, "cab"), 0);
}

TEST(RegexReward, CharactersAreThoseOfUnicode) {
  EXPECT_EQ(reward_of(options_of("^.$"), "ß"), 1);
  EXPECT_EQ(reward_of(options_of("\\x{FFFD}"), "a\xEF\xBF\xBD"), 1) << "what is no UTF-8";
}

TEST(RegexReward, ItsValuesAreThoseOfTheFile) {
  RegexReward::Options options = options_of("x");
  options.hit = -2;
  options.miss = 0.5;
  EXPECT_EQ(reward_of(options, "x"), -2);
  EXPECT_EQ(reward_of(options, "y"), 0.5);
}

TEST(RegexReward, NeedsTheTextAndNamesNoRows) {
  RegexReward::Options options = options_of("x");
  options.hit = -2;
  const RewardFacts facts = RegexReward::facts(options);
  EXPECT_TRUE(facts.needs_text);
  EXPECT_TRUE(facts.rows.empty());
  EXPECT_EQ(facts.least, -2);
  EXPECT_EQ(facts.most, 0);
}

TEST(RegexReward, ABadPatternIsRefusedWithThePosition) {
  EXPECT_EQ(fault_of("(ab|c)"), "");
  EXPECT_THAT(fault_of("(ab"),
              AllOf(HasSubstr("pattern '(ab': missing closing parenthesis"),
                    HasSubstr("found behind character 3"), HasSubstr("correct the regular")));
  EXPECT_THAT(fault_of("ßß)"), HasSubstr("found behind character 2")) << "characters, not bytes";
}

TEST(RegexReward, AMatchWithoutEndIsAnErrorThatNamesTheText) {
  const std::string text = std::string(40, 'a') + "!";
  try {
    reward_of(options_of("(a+)+$"), text);
    FAIL() << "2^40 ways to match were tried";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'(a+)+$'"), HasSubstr(text),
                                    HasSubstr("match limit exceeded"), HasSubstr("fewer ways")));
  }
}

TEST(RegexReward, LongTextsOfSimplePatternsAreWithinTheLimits) {
  EXPECT_EQ(reward_of(options_of("(?:a|b)*c"), std::string(10'000, 'a') + "c"), 1);
}

}  // namespace
}  // namespace leakprobe
