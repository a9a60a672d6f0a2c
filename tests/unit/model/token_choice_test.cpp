#include "model/kernels/token_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace leakprobe {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

std::vector<float> some_logits(int64_t vocabulary) {
  std::mt19937 random(5);
  std::vector<float> logits;
  for (int64_t v = 0; v < vocabulary; ++v) {
    logits.push_back(static_cast<float>(random() % 1024) / 128 - 200);
  }
  return logits;
}

struct Exact {
  explicit Exact(const std::vector<float>& logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double total = 0;
    for (const float logit : logits) total += std::exp(logit - largest);
    logsumexp = largest + std::log(total);
    double sum = 0;
    for (const float logit : logits) cumulative.push_back(sum += std::exp(logit - logsumexp));
  }
  double logsumexp;
  std::vector<double> cumulative;
};

TEST(TokenChoice, DrawsTheTokenWhereTheSummedProbabilitiesPassTheShare) {
  for (const int64_t vocabulary : {1, 3, 16, 28, 255, 256, 257, 5003}) {
    const std::vector<float> logits = some_logits(vocabulary);
    const Exact exact(logits);
    TokenChoice choice(vocabulary);
    // Shares in the middle of each token's part.
    for (int64_t v = 0; v < vocabulary; ++v) {
      const auto token = static_cast<size_t>(v);
      const double from = v > 0 ? exact.cumulative[token - 1] : 0;
      const TokenChoice::Chosen chosen =
          choice.draw(logits.data(), (from + exact.cumulative[token]) / 2);
      ASSERT_EQ(chosen.token, v) << vocabulary;
      ASSERT_NEAR(chosen.log_prob, logits[token] - exact.logsumexp, 1e-5) << vocabulary;
    }
    EXPECT_EQ(choice.draw(logits.data(), 0).token, 0);
    EXPECT_EQ(choice.draw(logits.data(), 1 - 0x1p-53).token, vocabulary - 1);
  }
}

TEST(TokenChoice, ATokenWithoutProbabilityIsNeverDrawn) {
  std::vector<float> logits(1000, kNever);
  logits[400] = 1.0f;
  logits[700] = 1.0f;
  TokenChoice choice(1000);
  EXPECT_EQ(choice.draw(logits.data(), 0).token, 400);
  EXPECT_EQ(choice.draw(logits.data(), 0.4999).token, 400);
  EXPECT_EQ(choice.draw(logits.data(), 0.5001).token, 700);
  EXPECT_EQ(choice.draw(logits.data(), 1 - 0x1p-53).token, 700);
  EXPECT_NEAR(choice.draw(logits.data(), 0).log_prob, -std::log(2.0), 1e-6);
}

TEST(TokenChoice, ATokenRarerThanTheDigitsOfAFloatIsDrawnByItsOwnShare) {
  std::vector<float> logits(600, 0.0f);
  logits[255] = -25.0f;  // at the end of its block
  const Exact exact(logits);
  TokenChoice choice(600);
  const double middle = (exact.cumulative[254] + exact.cumulative[255]) / 2;
  EXPECT_EQ(choice.draw(logits.data(), middle).token, 255);
  EXPECT_EQ(choice.draw(logits.data(), exact.cumulative[254] - 1e-10).token, 254);
  EXPECT_EQ(choice.draw(logits.data(), exact.cumulative[255] + 1e-10).token, 256);
}

TEST(TokenChoice, TheLikeliestOfSeveralIsTheFirst) {
  const std::vector<float> logits = {1.0f, 3.0f, kNever, 3.0f};
  const TokenChoice::Chosen chosen = TokenChoice(4).likeliest(logits.data());
  EXPECT_EQ(chosen.token, 1);
  EXPECT_NEAR(chosen.log_prob, 3 - Exact(logits).logsumexp, 1e-6);
}

TEST(TokenChoice, WhatIsNotANumberGivesATokenAndNoProbability) {
  std::vector<float> logits(300, 0.0f);
  logits[17] = std::numeric_limits<float>::quiet_NaN();
  const TokenChoice::Chosen chosen = TokenChoice(300).draw(logits.data(), 0.5);
  EXPECT_GE(chosen.token, 0);
  EXPECT_LT(chosen.token, 300);
  EXPECT_TRUE(std::isnan(chosen.log_prob));
}

}  // namespace
}  // namespace leakprobe
