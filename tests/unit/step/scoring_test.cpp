#include "step/scoring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "step/phase_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class ScoringTest : public Engine {
 protected:
  ScoringTest() {
    for (int64_t i = 0; i < 3000; ++i) {
      Row row;
      // Of 2 to 5 tokens, the last one of which may be unscored.
      for (int64_t t = 0; t < 2 + i % 4; ++t)
        row.tokens.push_back((i + 3 * t * t + 7 * i * t) % 10);
      row.scored.assign(row.tokens.size(), 1);
      row.scored[0] = 0;
      if (row.tokens.size() == 5) row.scored[4] = 0;
      row.secret = {1, 2};
      rows_.push_back(row);
    }
    for (const Row& row : rows_) pointers_.push_back(&row);
  }

  PhaseAtWork work_{learn()};
  ScoringModel model_{work_.policy};
  StepTimes times_;
  std::vector<Row> rows_;
  std::vector<const Row*> pointers_;
};

TEST_F(ScoringTest, NoRowsHaveNoScores) {
  EXPECT_THAT(model_.score({}), IsEmpty());
  EXPECT_THAT(model_.logits({}), IsEmpty());
  EXPECT_THAT(model_.generate({}, {}, RandomStream(0, "none")), IsEmpty());
  EXPECT_EQ(score(work_.policy, {}, 1).numel(), 0);
}

TEST_F(ScoringTest, MoreRowsThanOnePassTakesHaveTheirOwnScoresInTheirOrder) {
  const ByTorch by_hand(work_.weights());
  const std::vector<std::vector<float>> scores = model_.score(pointers_);
  ASSERT_THAT(scores, SizeIs(rows_.size()));
  for (size_t i = 0; i < rows_.size(); i += 7) {
    const Row& row = rows_[i];
    ASSERT_THAT(scores[i], SizeIs(row.tokens.size() == 5 ? 3 : row.tokens.size() - 1)) << i;
    double sum = 0;
    for (const float value : scores[i]) sum += value;
    EXPECT_NEAR(sum, by_hand.sum(row).item<double>(), 1e-4) << i;
  }
}

TEST_F(ScoringTest, ARowsScoreDoesNotDependOnTheRowsBesideIt) {
  const std::vector<std::vector<float>> together = model_.score(pointers_);
  for (const size_t i : {size_t{0}, size_t{1}, size_t{1500}, rows_.size() - 1}) {
    const std::vector<std::vector<float>> alone = model_.score({&rows_[i]});
    ASSERT_THAT(alone, SizeIs(1));
    ASSERT_EQ(alone[0].size(), together[i].size());
    for (size_t t = 0; t < alone[0].size(); ++t) EXPECT_NEAR(alone[0][t], together[i][t], 1e-5);
  }
}

TEST_F(ScoringTest, LogProbabilitiesAreThoseOfTheLogitsOverTheTemperature) {
  const ByTorch by_hand(work_.weights());
  const std::vector<const Row*> few(pointers_.begin(), pointers_.begin() + 40);
  for (const double temperature : {0.3, 1.0, 2.5}) {
    const torch::Tensor packed =
        log_probs(work_.policy, PackedRows(few, torch::kCPU), times_, temperature);
    EXPECT_TRUE(torch::allclose(packed, score(work_.policy, few, temperature), 0, 1e-6));
    double expected = 0;
    for (const Row* row : few) expected += by_hand.sum(*row, temperature).item<double>();
    EXPECT_NEAR(packed.sum().item<double>(), expected, 1e-3) << temperature;
  }
}

TEST_F(ScoringTest, LogitsAreThoseThatTheScoresComeFrom) {
  const std::vector<const Row*> few(pointers_.begin(), pointers_.begin() + 8);
  const std::vector<torch::Tensor> logits = model_.logits(few);
  const std::vector<std::vector<float>> scores = model_.score(few);
  ASSERT_THAT(logits, SizeIs(few.size()));
  for (size_t i = 0; i < few.size(); ++i) {
    const torch::Tensor all = torch::log_softmax(logits[i], -1);
    ASSERT_EQ(all.size(0), static_cast<int64_t>(scores[i].size()));
    for (size_t t = 0; t < scores[i].size(); ++t) {
      const auto token = few[i]->tokens[t + 1];
      EXPECT_NEAR(all[static_cast<int64_t>(t)][token].item<float>(), scores[i][t], 1e-5);
    }
  }
}

}  // namespace
}  // namespace leakprobe::run_test
