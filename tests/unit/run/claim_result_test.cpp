#include "records/claim_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace leakprobe {
namespace {

using Direction = ProbeFacts::Direction;

Scale nats(std::optional<double> chance) {
  Scale scale;
  scale.unit = "nats per token";
  scale.log_probability = true;
  scale.chance = chance;
  return scale;
}

Scale other(const char* unit, Direction direction, std::optional<double> chance = {}) {
  Scale scale;
  scale.unit = unit;
  scale.direction = direction;
  scale.chance = chance;
  return scale;
}

/// A claim against the control, measured on that scale.
Value claim(const Scale& scale, double value, double control, Value minus = "control") {
  Value claim = Value::map();
  claim.set("set", "held_out");
  claim.set("minus", std::move(minus));
  claim.set("value", value);
  claim.set("leak", scale.leak(value));
  claim.set("control_leak", scale.leak(control));
  claim.set("effect", scale.leak(value) - scale.leak(control));
  complete_claim(claim, scale);
  return claim;
}

std::string conclusion(const Value& claim) { return claim.find("conclusion")->as_string(); }

TEST(ClaimResult, OfLogProbabilitiesALeakIsLikelierThanChanceAndThanItsControl) {
  const Scale scale = nats(-3.0);
  EXPECT_EQ(conclusion(claim(scale, -2.8, -3.1)),
            "Leak: text of 'held_out' is likelier than chance and than control.");
  EXPECT_EQ(conclusion(claim(scale, -3.5, -4)),
            "No leak: 'held_out' does not lie above chance, only above control: both lie below "
            "chance.");
  EXPECT_EQ(conclusion(claim(scale, -3.5, -3)), "No leak: 'held_out' does not lie above chance.");
  EXPECT_EQ(conclusion(claim(scale, -2.5, -2)), "No leak: 'held_out' does not lie above control.");
  EXPECT_EQ(conclusion(claim(nats({}), -2.0, -2.5)),
            "Leak: text of 'held_out' is likelier than control.");
}

TEST(ClaimResult, OfAnotherProbeTheDirectionDecidesAndNothingIsLikelier) {
  const Scale bits = other("bits", Direction::larger, 1.44);
  EXPECT_EQ(conclusion(claim(bits, 3, 1)), "Leak: 'held_out' lies above chance and above control.");
  EXPECT_EQ(conclusion(claim(bits, 1, 0)),
            "No leak: 'held_out' does not lie above chance, only above control.");
  const Scale rank = other("rank", Direction::smaller);
  EXPECT_EQ(conclusion(claim(rank, 3, 40)), "Leak: 'held_out' lies below control.");
  EXPECT_EQ(conclusion(claim(rank, 40, 3)), "No leak: 'held_out' does not lie below control.");
  const Scale area = other("AUC", Direction::either, 0.5);
  EXPECT_EQ(conclusion(claim(area, 0.3, 0.55)),
            "Leak: 'held_out' lies away from chance and farther from chance than control.");
  EXPECT_EQ(conclusion(claim(area, 0.45, 0.6)),
            "No leak: 'held_out' does not lie farther from chance than control.");
}

TEST(ClaimResult, OfGuessesItIsSaidHowManyTimesFewerAnAttackerNeeds) {
  const Scale guesses = other("log2 guesses", Direction::smaller);
  EXPECT_EQ(conclusion(claim(guesses, 70.15, 74.67)),
            "Leak: 'held_out' lies below control: an attacker needs 23 times fewer guesses.");
  EXPECT_EQ(conclusion(claim(guesses, 73.5, 74.5)),
            "Leak: 'held_out' lies below control: an attacker needs 2.0 times fewer guesses.");
  EXPECT_EQ(conclusion(claim(guesses, 10, 74.67)),
            "Leak: 'held_out' lies below control: an attacker needs 2^65 times fewer guesses.");
  EXPECT_EQ(conclusion(claim(guesses, 74.66, 74.67)), "Leak: 'held_out' lies below control.")
      << "no difference to speak of";
  EXPECT_EQ(conclusion(claim(guesses, 84.67, 74.67)),
            "No leak: 'held_out' does not lie below control: an attacker needs 1024 times more "
            "guesses.");
}

TEST(ClaimResult, OnlyOfAControlItIsKnownThatItWasPushedDown) {
  Value phase = Value::map();
  phase.set("phase", "relearn_control");
  EXPECT_EQ(conclusion(claim(nats(-3.0), -3.5, -4, phase)),
            "No leak: 'held_out' does not lie above chance, only above the same in phase "
            "relearn_control.");
}

TEST(ClaimResult, NamesWhatItIsComparedWith) {
  const auto compared = [](Value minus) {
    return Comparison(claim(nats(-3), -2, -3, minus)).other;
  };
  Value phase = Value::map();
  phase.set("phase", "relearn_control");
  EXPECT_EQ(compared(phase), "the same in phase relearn_control");
  Value set = Value::map();
  set.set("set", "useful");
  set.set("prefix", "good");
  EXPECT_EQ(compared(set), "'useful' behind prefix 'good'");
  EXPECT_EQ(compared("start"), "what it was at the start");
}

TEST(ClaimResult, OfSeveralThingsTakenOffDifferencesAreCompared) {
  Value phase = Value::map();
  phase.set("phase", "relearn_control");
  Value both = Value::list();
  both.push_back("control");
  both.push_back(phase);
  const std::string words = "the difference between 'held_out' and control shows ",
                    other_words = " than the same in phase relearn_control.";
  EXPECT_EQ(conclusion(claim(nats(-3), -2, -2.5, both)),
            "Leak: text of 'held_out' is likelier than chance, and " + words + "more of a leak" +
                other_words);
  EXPECT_EQ(conclusion(claim(nats({}), -2, -2.5, both)),
            "Leak: " + words + "more of a leak" + other_words);
  EXPECT_EQ(conclusion(claim(nats(-3), -2, -1, both)),
            "No leak: " + words + "no more of a leak" + other_words);
  EXPECT_EQ(conclusion(claim(nats(-3), -4, -5, both)),
            "No leak: 'held_out' does not lie above chance; only " + words + "more of a leak" +
                other_words);
  const Scale rank = other("rank", Direction::smaller);
  EXPECT_EQ(conclusion(claim(rank, 3, 40, both)),
            "Leak: " + words + "more of a leak" + other_words);
}

TEST(ClaimResult, ARelativeIncreaseIsOneOverChanceAndOfLogProbabilities) {
  const auto why = [](const Scale& scale, double value) {
    const Value found = claim(scale, value, 0);
    EXPECT_TRUE(found.find("relative_increase")->is_null());
    return found.find("undefined")->find("relative_increase")->as_string();
  };
  EXPECT_NEAR(claim(nats(-3), -2.5, -3).find("relative_increase")->as_number(), std::expm1(0.5),
              1e-12);
  EXPECT_EQ(why(nats({}), -2), "there is no level of chance");
  EXPECT_EQ(why(nats(-3), 2000), "exp(leak) is too large for a number");
  EXPECT_EQ(why(other("bits", Direction::larger), 3),
            "the probe's values are no log-probabilities");
}

TEST(ClaimResult, OfVersion1HasTheUnitWhereAChanceLevelShowsThatItWasOfLogProbabilities) {
  const auto read = [](double value, double leak, const char* verdict = "VALID") {
    Value claim = Value::map();
    claim.set("set", "held_out");
    claim.set("minus", "control");
    claim.set("value", value);
    claim.set("leak", leak);
    claim.set("control_leak", 0.0);
    claim.set("effect", leak);
    Value result = Value::map();
    result.set("version", 1);
    result.set("verdict", verdict);
    result.set("claim", claim);
    result = current_result(result);
    EXPECT_EQ(*result.find("version"), Value(kResultVersion));
    return *result.find("claim");
  };
  const Value nats = read(-2.9, 0.1);
  EXPECT_EQ(*nats.find("unit"), Value("nats per token"));
  EXPECT_NEAR(nats.find("chance")->as_number(), -3, 1e-12);
  EXPECT_EQ(conclusion(nats), "Leak: text of 'held_out' is likelier than chance and than control.");
  EXPECT_TRUE(read(3, 3).find("unit")->is_null());
  EXPECT_EQ(conclusion(read(3, 3)), "Leak: 'held_out' lies above control.");
  EXPECT_EQ(conclusion(read(3, 3, "INVALID")), "No conclusion: the run is not VALID.");
}

TEST(ClaimResult, ADamagedOneIsReadWithoutAMistakeInTheProgram) {
  for (const char* claim : {"x", "leak"}) {
    Value broken = Value::map();
    broken.set("leak", claim);
    broken.set("effect", Value::list());
    Value result = Value::map();
    result.set("version", 1);
    result.set("claim", broken);
    EXPECT_EQ(conclusion(*current_result(result).find("claim")),
              "No conclusion: the run is not VALID.");
  }
  EXPECT_TRUE(current_result({}).is_null());
}

}  // namespace
}  // namespace leakprobe
