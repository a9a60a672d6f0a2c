#include "report/conclusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leakprobe {
namespace {

using testing::HasSubstr;

Value claim(const char* at, Value minus) {
  Value value = Value::map();
  value.set("set", "held_out");
  value.set("at", at);
  value.set("minus", std::move(minus));
  return value;
}

/// Of log-probabilities, with a level of chance or without.
Scale scale(bool chance = true) {
  Scale scale;
  scale.log_probability = true;
  if (chance) scale.chance = -3;
  return scale;
}

SampleStatistics around(double mean) {
  return describe_sample(std::vector<double>{mean - 0.01, mean, mean + 0.01, mean + 0.02});
}

/// At the end of a phase, against a level of chance and a control at 0.
Conclusion conclusion(double leak, double control, double p_holm) {
  return conclude(claim("end", "control"), scale(), around(leak), around(control),
                  around(leak - control), p_holm);
}

TEST(Conclusion, ALeakLiesAboveChanceAndAboveItsControl) {
  EXPECT_EQ(conclusion(0.2, 0.0, 0.01).finding, "leak");
  EXPECT_EQ(conclusion(0.2, 0.0, 0.06).finding, "undecided");
  EXPECT_EQ(conclusion(-0.2, -0.5, 0.01).finding, "no_leak");
  EXPECT_EQ(conclusion(-0.5, -0.2, 0.01).finding, "no_leak");
  const Conclusion near_chance = conclusion(0.002, -0.3, 0.01);
  EXPECT_EQ(near_chance.finding, "undecided");
  EXPECT_THAT(near_chance.text, HasSubstr("not distinguishable from chance"));
}

TEST(Conclusion, WhereSmallerIsMoreALeakLiesBelowChanceAndBelowItsControl) {
  Scale ranks;
  ranks.direction = ProbeFacts::Direction::smaller;
  ranks.chance = 8;
  const auto found = [&](double leak, double control) {
    return conclude(claim("maximum", "control"), ranks, around(leak), around(control),
                    around(leak - control), 0.01);
  };
  EXPECT_EQ(found(-3, 0).text, "Leak: 'held_out' lies below chance and below control.");
  EXPECT_EQ(found(-1, -3).text, "No leak: 'held_out' lies above control.");
  EXPECT_EQ(found(1, 3).text, "No leak: 'held_out' lies below control, but not below chance.");
  EXPECT_EQ(found(-0.008, 3).finding, "undecided");
}

TEST(Conclusion, OfGuessesSaysHowManyTimesFewer) {
  Scale guesses;
  guesses.unit = "log2 guesses";
  guesses.direction = ProbeFacts::Direction::smaller;
  const auto text = [&](Value minus, double effect) {
    return conclude(claim("end", std::move(minus)), guesses, around(70), around(70 - effect),
                    around(effect), 0.01)
        .text;
  };
  EXPECT_EQ(text("control", -4.524),
            "Leak: 'held_out' lies below control: an attacker needs 23 times fewer guesses.");
  EXPECT_EQ(text("control", 1.2),
            "No leak: 'held_out' lies above control: an attacker needs 2.3 times more guesses.");
  EXPECT_EQ(text(Value(Value::List{"control", "start"}), -4.5),
            "Leak: the difference between 'held_out' and control shows more of a leak than what it "
            "was at the start.");
}

TEST(Conclusion, OnEitherSideOfChanceDistancesAreCompared) {
  Scale area;
  area.direction = ProbeFacts::Direction::either;
  area.chance = 0.5;
  const Conclusion leak =
      conclude(claim("maximum", "control"), area, around(0.3), around(0.1), around(0.2), 0.01);
  EXPECT_EQ(leak.text,
            "Leak: 'held_out' lies away from chance and farther from chance than control.");
}

TEST(Conclusion, OfAMaximumOverTimeNeedsAComparisonOverTheSameTime) {
  const auto finding = [](const char* at, Value minus) {
    return conclude(claim(at, std::move(minus)), scale(), around(0.2), around(0.0), around(0.2),
                    0.01)
        .finding;
  };
  Value other = Value::map();
  other.set("phase", "relearn_control");
  EXPECT_EQ(finding("maximum", "control"), "leak");
  EXPECT_EQ(finding("maximum", other), "leak");
  other.set("at", "end");
  EXPECT_EQ(finding("maximum", other), "none");
  EXPECT_EQ(finding("maximum", "start"), "none");
  EXPECT_EQ(finding("maximum", "nothing"), "none");
  EXPECT_EQ(finding("end", "start"), "leak");
}

TEST(Conclusion, OfDifferencesOneOverTheSameTimeIsEnough) {
  const auto list = [](std::vector<Value> all) {
    Value minus = Value::list();
    for (Value& each : all) minus.push_back(std::move(each));
    return minus;
  };
  const auto found = [&](Value minus, double effect) {
    return conclude(claim("maximum", std::move(minus)), scale(), around(0.5), around(0.5 - effect),
                    around(effect), 0.01);
  };
  Value phase = Value::map();
  phase.set("phase", "other");
  EXPECT_EQ(found(list({"control", phase}), 0.2).text,
            "Leak: 'held_out' lies above chance, and the difference between 'held_out' and control "
            "shows more of a leak than the same in phase other.");
  EXPECT_EQ(found(list({"control", phase}), -0.2).text,
            "No leak: the difference between 'held_out' and control shows less of a leak than the "
            "same in phase other.");
  EXPECT_EQ(found(list({"control", "start"}), 0.2).finding, "leak");
  Value prefix = Value::map();
  prefix.set("at", "end");
  prefix.set("prefix", "good");
  EXPECT_EQ(found(list({prefix}), 0.2).finding, "none");
}

TEST(Conclusion, ThereIsNoneWithoutEvidence) {
  const SampleStatistics nothing = describe_sample({});
  EXPECT_EQ(conclude({}, scale(), nothing, {}, nothing, {}).text,
            "No conclusion: the experiment makes no claim.");
  EXPECT_EQ(conclude(claim("end", "control"), scale(), nothing, {}, nothing, {}).text,
            "No conclusion: no run is VALID.");
  EXPECT_EQ(conclude(claim("end", "nothing"), scale(false), around(1), {}, around(1), 0.01).text,
            "No conclusion: the claim compares with nothing.");
}

}  // namespace
}  // namespace leakprobe
