#include "data/secret_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "by_hand.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Rows "train", "secret" and "mixed" have secrets of three tokens: their set's number, their
/// index, and 7.
class Triples final : public Task {
 public:
  Row row(const RowRequest& request, Random) const override {
    const std::vector<std::string> sets = {"train", "secret", "mixed"};
    const auto set = std::find(sets.begin(), sets.end(), request.set) - sets.begin();
    Row row;
    row.tokens = {0, set, shared && set < 2 ? 5 : request.index, 7};
    if (shared) row.tokens[1] = 1;
    row.scored = {0, 1, 1, 1};
    row.secret = {1, 4};
    return row;
  }
  /// Every row of train and secret has one secret.
  bool shared = false;
};

class SecretIndexTest : public testing::Test {
 protected:
  SecretIndexTest() { reward_.rows = {{"secret", Sign::negative}, {"train", Sign::positive}}; }
  SecretIndex index() const { return {reward_, task_, facts_, 7}; }
  static std::vector<int64_t> secret(int64_t set, int64_t index) { return {set, index, 7}; }

  const TaskFacts facts_ = by_hand::every_role();
  RewardFacts reward_;
  Triples task_;
};

TEST_F(SecretIndexTest, NamesTheSetsThatTheRewardGoesBy) {
  const SecretIndex index = this->index();
  EXPECT_THAT(index.find(secret(0, 2), ""), ElementsAre("train"));
  EXPECT_THAT(index.find(secret(1, 3), ""), ElementsAre("secret"));
  EXPECT_THAT(index.find(secret(2, 0), ""), IsEmpty()) << "a set that it does not go by";
  EXPECT_THAT(index.find(secret(1, 4), ""), IsEmpty()) << "beyond the set";
  EXPECT_THAT(index.find({1, 3}, ""), IsEmpty()) << "a part of a secret";
  EXPECT_THAT(index.find({1, 3, 7, 7}, ""), IsEmpty()) << "more than a secret";
  EXPECT_THAT(index.find({}, ""), IsEmpty());
}

TEST_F(SecretIndexTest, ASecretOfTwoSetsIsOfBothInTheRewardsOrder) {
  task_.shared = true;
  EXPECT_THAT(index().find({1, 5, 7}, ""), ElementsAre("secret", "train"));
}

TEST_F(SecretIndexTest, APlantedRowIsOfItsSetWhateverItsTokens) {
  reward_.rows.push_back({"fresh", Sign::negative});
  const SecretIndex index = this->index();
  EXPECT_THAT(index.find({9, 9, 9}, "fresh"), ElementsAre("fresh"));
  EXPECT_THAT(index.find(secret(1, 0), "fresh"), ElementsAre("secret", "fresh"));
  EXPECT_THAT(index.find({9, 9, 9}, "mixed"), IsEmpty());
  EXPECT_THAT(index.find({9, 9, 9}, ""), IsEmpty()) << "fresh rows are not kept";
}

TEST_F(SecretIndexTest, FirstTokensMayDecide) {
  reward_.first_tokens = 2;
  const SecretIndex index = this->index();
  EXPECT_THAT(index.find({1, 3, 0, 0, 0}, ""), ElementsAre("secret"));
  EXPECT_THAT(index.find({1, 3}, ""), ElementsAre("secret"));
  EXPECT_THAT(index.find({1}, ""), IsEmpty()) << "too short to tell";
  reward_.first_tokens = 100;
  EXPECT_THAT(this->index().find(secret(1, 3), ""), ElementsAre("secret"))
      << "of a shorter secret all tokens are the first";
}

TEST_F(SecretIndexTest, AColumnOfASetIsNamedByItself) {
  const by_hand::NumberedTask pairs(facts_);
  reward_.rows = {{"pairs.rejected", Sign::negative}};
  const SecretIndex index(reward_, pairs, facts_, 7);
  const auto secret_of = [&](const std::string& name) {
    RowsOf rows = *facts_.rows_named(name);
    rows.prefix = "good";
    return std::vector<int64_t>{pairs.row({rows, 1}, Random(0, 0)).tokens.back()};
  };
  EXPECT_THAT(index.find(secret_of("pairs.rejected"), ""), ElementsAre("pairs.rejected"));
  EXPECT_THAT(index.find(secret_of("pairs.chosen"), ""), IsEmpty());
}

}  // namespace
}  // namespace leakprobe
