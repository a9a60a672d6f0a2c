#include "schedules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

const kit::TestContext kContext;

TEST(WarmupCosine, IsThePapersFormula) {
  const WarmupCosine schedule({}, kContext);
  EXPECT_EQ(schedule.factor(0, 1200), 0.0);
  EXPECT_EQ(schedule.factor(63, 64), 0.63) << "phase 1 never leaves the warm-up";
  EXPECT_EQ(schedule.factor(100, 1200), 1.0);
  EXPECT_DOUBLE_EQ(schedule.factor(700, 1200), 0.5);
  EXPECT_DOUBLE_EQ(schedule.factor(1199, 1200), (1 + std::cos(std::numbers::pi * 1099 / 1200)) / 2);
  EXPECT_GT(schedule.factor(1199, 1200), 0.0);
}

TEST(WarmupCosine, WithoutWarmupStartsFull) {
  WarmupCosine::Options options;
  options.warmup = 0;
  EXPECT_EQ(WarmupCosine(options, kContext).factor(0, 10), 1.0);
}

TEST(Constant, IsAlwaysOne) {
  EXPECT_EQ(Constant({}, kContext).factor(0, 3), 1.0);
  EXPECT_EQ(Constant({}, kContext).factor(2, 3), 1.0);
}

TEST(Linear, FallsFromOneTowardsZero) {
  const Linear schedule({}, kContext);
  EXPECT_EQ(schedule.factor(0, 4), 1.0);
  EXPECT_EQ(schedule.factor(3, 4), 0.25);
}

TEST(Linear, RisesDuringWarmup) {
  Linear::Options options;
  options.warmup = 2;
  const Linear schedule(options, kContext);
  EXPECT_EQ(schedule.factor(0, 6), 0.0);
  EXPECT_EQ(schedule.factor(1, 6), 0.5);
  EXPECT_EQ(schedule.factor(2, 6), 1.0);
  EXPECT_EQ(schedule.factor(5, 6), 0.25);
  EXPECT_EQ(schedule.factor(1, 2), 0.5) << "a phase shorter than its warm-up";
}

}  // namespace
}  // namespace leakprobe
