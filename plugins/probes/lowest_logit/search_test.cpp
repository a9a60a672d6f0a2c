#include "search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../chain_model.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;

/// Of the letters 0, 1 and 2 behind the prefix 3: 0 is the lowest first letter, and the lowest pair
/// is 1 0, which only a beam of two comes upon.
ChainModel model() {
  return ChainModel(torch::tensor(
      {{0.F, 0.F, 0.F, 0.F}, {-8.F, 0.F, 0.F, 0.F}, {0.F, 0.F, 0.F, 0.F}, {-2.F, -1.F, 2.F, 0.F}}));
}

TEST(Search, FollowsTheLowestLettersAndOfEqualOnesTheFirst) {
  ChainModel chain = model();
  EXPECT_THAT(least_likely(chain, {3}, 2, {0, 1, 2}, 1), ElementsAre(std::vector<int64_t>{0, 0}));
}

TEST(Search, AWiderBeamFindsWhatBeginsLessLow) {
  ChainModel chain = model();
  EXPECT_THAT(least_likely(chain, {3}, 2, {0, 1, 2}, 2),
              ElementsAre(std::vector<int64_t>{0, 0}, std::vector<int64_t>{1, 0}));
}

TEST(Search, ABeamThatHoldsAllTextsFindsEachOnce) {
  ChainModel chain = model();
  EXPECT_EQ(least_likely(chain, {3}, 3, {0, 1, 2}, 1000).size(), 27u);
}

TEST(Search, BehindNothingEachFirstLetterCountsAlike) {
  ChainModel chain = model();
  EXPECT_THAT(least_likely(chain, {}, 2, {0, 1, 2}, 3),
              ElementsAre(std::vector<int64_t>{0, 0}, std::vector<int64_t>{0, 1},
                          std::vector<int64_t>{1, 0}));
  EXPECT_EQ(least_likely(chain, {}, 1, {0, 1, 2}, 2).size(), 2u);
}

TEST(Search, AsksForLogitsInParts) {
  ChainModel chain = model();
  least_likely(chain, {3}, 6, {0, 1, 2}, 200);
  EXPECT_EQ(chain.most_rows, 64u);
}

}  // namespace
}  // namespace leakprobe
