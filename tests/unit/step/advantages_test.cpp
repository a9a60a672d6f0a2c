#include "step/advantages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace leakprobe {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Baseline = Advantages::Baseline;
using Scale = Advantages::Scale;

/// Seven sampled rows worth 0 and a planted one worth -1, as one group.
const std::vector<double> kOnePlanted = {0, 0, 0, 0, 0, 0, 0, -1};

std::vector<double> of_one_group(const std::vector<double>& returns, Baseline baseline,
                                 Scale scale = Scale::none) {
  return advantages_of(returns, std::vector<int64_t>(returns.size(), 3), {baseline, scale});
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected,
                 double tolerance = 1e-12) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << i;
}

std::vector<double> seven_and(double sampled, double planted) {
  std::vector<double> values(7, sampled);
  values.push_back(planted);
  return values;
}

struct Golden {
  const char* name;
  Baseline baseline;
  Scale scale;
  double sampled, planted;
};

class OnePlantedRow : public testing::TestWithParam<Golden> {};

TEST_P(OnePlantedRow, OfAGroupOfEight) {
  const auto& [name, baseline, scale, sampled, planted] = GetParam();
  expect_near(of_one_group(kOnePlanted, baseline, scale), seven_and(sampled, planted), 5e-8);
}

INSTANTIATE_TEST_SUITE_P(
    Advantages, OnePlantedRow,
    testing::Values(Golden{"rloo", Baseline::leave_one_out, Scale::none, 1.0 / 7, -1},
                    Golden{"grpo", Baseline::group_mean, Scale::group, 0.3534534, -2.4741739},
                    Golden{"dr_grpo", Baseline::group_mean, Scale::none, 0.125, -0.875},
                    Golden{"reinforce", Baseline::none, Scale::none, 0, -1},
                    Golden{"reinforce_batch", Baseline::batch_mean, Scale::none, 0.125, -0.875},
                    // One group is the whole batch here.
                    Golden{"batch", Baseline::group_mean, Scale::batch, 0.3534534, -2.4741739}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Advantages, OfTwoRowsAreThoseOfAPair) {
  expect_near(of_one_group({0, -1}, Baseline::leave_one_out), {1, -1});
  // The deviation of two is half their difference times sqrt 2.
  expect_near(of_one_group({0, -1}, Baseline::group_mean, Scale::group), {0.7070068, -0.7070068},
              5e-8);
}

TEST(Advantages, RowsAreComparedWithinTheirGroupsWhereverTheyStand) {
  const std::vector<double> returns = {1, 10, 2, 20, 6};
  const std::vector<int64_t> groups = {5, 0, 5, 0, 5};
  expect_near(advantages_of(returns, groups, {Baseline::leave_one_out, Scale::none}),
              {-3, -10, -1.5, 10, 4.5});
  expect_near(advantages_of(returns, groups, {Baseline::group_mean, Scale::none}),
              {-2, -5, -1, 5, 3});
  const double wide = 10 / std::sqrt(2) + 1e-4, narrow = std::sqrt(7) + 1e-4;
  expect_near(advantages_of(returns, groups, {Baseline::group_mean, Scale::group}),
              {-2 / narrow, -5 / wide, -1 / narrow, 5 / wide, 3 / narrow});
}

TEST(Advantages, TheBatchHasOneMeanAndOneDeviation) {
  const std::vector<double> returns = {1, 0, 4, 2};
  const std::vector<int64_t> groups = {0, 0, 1, 1};
  expect_near(advantages_of(returns, groups, {Baseline::batch_mean, Scale::none}),
              {-0.75, -1.75, 2.25, 0.25});
  const double deviation = std::sqrt(8.75 / 3) + 1e-4;
  expect_near(advantages_of(returns, groups, {Baseline::group_mean, Scale::batch}),
              {0.5 / deviation, -0.5 / deviation, 1 / deviation, -1 / deviation});
}

TEST(Advantages, AGroupOfOneHasNothingToBeComparedWith) {
  for (const Baseline baseline : {Baseline::leave_one_out, Baseline::group_mean}) {
    for (const Scale scale : {Scale::none, Scale::group}) {
      EXPECT_THAT(of_one_group({0.3}, baseline, scale), ElementsAre(0)) << word_of(baseline);
    }
  }
  EXPECT_THAT(of_one_group({0.3}, Baseline::none), ElementsAre(0.3));
}

TEST(Advantages, OfEqualGroupsAre0ToTheLastBit) {
  // Sums of these are not multiples of them.
  for (const double value : {0.1, -0.3, 1e-9, 1.0 / 3}) {
    for (const size_t rows : {3u, 7u, 8u, 100u}) {
      const std::vector<double> returns(rows, value);
      for (const Baseline baseline :
           {Baseline::leave_one_out, Baseline::group_mean, Baseline::batch_mean}) {
        for (const Scale scale : {Scale::none, Scale::group, Scale::batch}) {
          EXPECT_THAT(of_one_group(returns, baseline, scale), Each(0.0))
              << rows << " rows of " << value << ", " << word_of(baseline);
        }
      }
    }
  }
}

TEST(Advantages, OfRlooVanishWhereTheKlMakesUpForTheReward) {
  // hit -1, kl 0.05: a planted row rests 20 nats below the reference, sampled ones at it.
  const double kl = 0.05;
  expect_near(of_one_group(seven_and(0 - kl * 0, -1 - kl * -20), Baseline::leave_one_out),
              seven_and(0, 0));
  EXPECT_LT(of_one_group(seven_and(0, -1 - kl * -19), Baseline::leave_one_out).back(), 0);
  EXPECT_GT(of_one_group(seven_and(0, -1 - kl * -21), Baseline::leave_one_out).back(), 0)
      << "beyond it the row is pushed up";
}

TEST(Advantages, OfNoRowsAreNone) {
  EXPECT_THAT(of_one_group({}, Baseline::leave_one_out, Scale::batch), IsEmpty());
}

TEST(Deviation, IsUnbiasedAnd0OfFewerThanTwo) {
  EXPECT_EQ(deviation({}), 0);
  EXPECT_EQ(deviation({4}), 0);
  EXPECT_NEAR(deviation(kOnePlanted), std::sqrt(1.0 / 8), 1e-12);
  EXPECT_EQ(deviation({0.1, 0.1, 0.1}), 0);
}

TEST(EqualGroups, AreThoseWithoutTwoDifferentValues) {
  EXPECT_EQ(share_of_equal_groups({1, 1, 0, 1}, {0, 0, 1, 1}), 0.5);
  EXPECT_EQ(share_of_equal_groups({1, 0, 1, 0}, {0, 1, 0, 1}), 1);
  EXPECT_EQ(share_of_equal_groups({1, 0, 2}, {0, 0, 1}), 0.5) << "one row equals itself";
  EXPECT_EQ(share_of_equal_groups({}, {}), 0);
}

}  // namespace
}  // namespace leakprobe
