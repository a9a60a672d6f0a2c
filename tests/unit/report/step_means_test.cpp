#include "report/figures/step_means.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

TEST(StepMeans, FewStepsAreAllThere) {
  StepMeans means;
  for (int64_t step = 0; step < 5; ++step) means.add(step, 2.0 * static_cast<double>(step));
  EXPECT_EQ(means.width(), 1);
  const auto points = means.points();
  ASSERT_EQ(points.size(), 5u);
  EXPECT_EQ(points[3].step, 3);
  EXPECT_EQ(points[3].value, 6);
}

TEST(StepMeans, OfManyTheMeansOverAsFewAsFit) {
  StepMeans means;
  for (int64_t step = 0; step < 1000; ++step) means.add(step, static_cast<double>(step));
  EXPECT_EQ(means.width(), 4);
  const auto points = means.points();
  ASSERT_EQ(points.size(), 250u);
  EXPECT_EQ(points.front().step, 3);
  EXPECT_EQ(points.front().value, 1.5);
  EXPECT_EQ(points.back().step, 999);
  EXPECT_EQ(points.back().value, 997.5);
}

TEST(StepMeans, TheyAreTheSameWhateverThereWasBefore) {
  StepMeans means;
  means.add(300, 1);
  means.add(301, 3);
  EXPECT_EQ(means.width(), 2);
  const auto points = means.points();
  ASSERT_EQ(points.size(), 1u) << "steps that nobody told of are no points";
  EXPECT_EQ(points.front().step, 301);
  EXPECT_EQ(points.front().value, 2);
  means.add((int64_t{1} << 53) - 1, 5);
  EXPECT_LE(means.points().size(), StepMeans::kMostPoints);
}

}  // namespace
}  // namespace leakprobe
