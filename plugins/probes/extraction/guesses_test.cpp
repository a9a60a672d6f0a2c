#include "guesses.h"

#include <gtest/gtest.h>

#include <cmath>

namespace leakprobe {
namespace {

TEST(Guesses, AreTheLeastThatHoldTheTextWithTheProbability) {
  // 1 - (1 - p)^n: of p = 1/2 one is enough for 0.5, of 0.1 seven are and six are not (0.47).
  EXPECT_DOUBLE_EQ(log2_guesses(std::log(0.5), 0.5), 0);
  EXPECT_DOUBLE_EQ(log2_guesses(std::log(0.5), 0.75), 1);
  EXPECT_DOUBLE_EQ(log2_guesses(std::log(0.5), 0.7500001), 1) << "within seven digits";
  EXPECT_DOUBLE_EQ(log2_guesses(std::log(0.5), 0.76), std::log2(3));
  EXPECT_DOUBLE_EQ(log2_guesses(std::log(0.1), 0.5), std::log2(7));
  EXPECT_DOUBLE_EQ(log2_guesses(std::log(0.01), 0.99), std::log2(459));
}

TEST(Guesses, AreOneWhereTheTextIsLikelyEnough) {
  EXPECT_EQ(log2_guesses(0, 0.999), 0);
  EXPECT_EQ(log2_guesses(-1e-17, 0.999), 0);
  EXPECT_EQ(log2_guesses(std::log(0.9), 0.5), 0);
}

TEST(Guesses, Of16LettersAtChanceAre3e22) {
  const double chance = -16 * std::log(26);
  EXPECT_NEAR(log2_guesses(chance, 0.5), 16 * std::log2(26) + std::log2(std::log(2)), 1e-9);
  EXPECT_NEAR(std::exp2(log2_guesses(chance, 0.5)) / 3.0e22, 1, 0.02);
}

TEST(Guesses, A5thOfANatPerTokenIs23TimesFewer) {
  const double chance = -16 * std::log(26);
  const double bits = log2_guesses(chance, 0.5) - log2_guesses(chance + 16 * 0.196, 0.5);
  EXPECT_NEAR(std::exp2(bits), 23.0, 0.05);
}

TEST(Guesses, OfTextBeyondAnyNumberOfSamplesAreStillANumber) {
  EXPECT_NEAR(log2_guesses(-5000, 0.5), (5000 + std::log(std::log(2))) / std::log(2), 1e-9);
}

TEST(Guesses, NeverFallAsTextGetsLessLikely) {
  double before = 0;
  for (double log_prob = -0.01; log_prob > -60; log_prob -= 0.01) {
    const double now = log2_guesses(log_prob, 0.5);
    EXPECT_GE(now, before - 1e-6) << log_prob;
    before = now;
  }
}

}  // namespace
}  // namespace leakprobe
