#include "step/pass_size.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

TEST(PassSize, CountsEachRowAsTheLongestWithoutItsLastToken) {
  const PassSize size{0, 100};
  EXPECT_EQ(size.rows_of(11), 10);
  EXPECT_EQ(size.rows_of(12), 9);
  EXPECT_EQ(size.rows_of(1), 100);
}

TEST(PassSize, HoldsARowHoweverLong) { EXPECT_EQ((PassSize{0, 100}).rows_of(1000), 1); }

TEST(PassSize, OfRowsIsThatManyHoweverLong) {
  EXPECT_EQ((PassSize{7, 0}).rows_of(1000), 7);
  EXPECT_EQ(PassSize{}.rows_of(1000), 0) << "all";
}

}  // namespace
}  // namespace leakprobe
