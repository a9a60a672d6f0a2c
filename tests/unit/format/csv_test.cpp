#include "format/csv.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

TEST(Csv, QuotesWhatNeedsItAndKeepsEveryDigit) {
  EXPECT_EQ(csv_line({"plain", "a, b", "say \"x\"", "two\nlines", Value(), 0.1, 3, true}),
            "plain,\"a, b\",\"say \"\"x\"\"\",\"two\nlines\",,0.1,3,true\n");
}

}  // namespace
}  // namespace leakprobe
