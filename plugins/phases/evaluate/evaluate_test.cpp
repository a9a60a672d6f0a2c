#include "evaluate.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

TEST(Evaluate, TrainsNothing) {
  const TaskFacts task;
  const Plan plan = Evaluate({}).plan({"look", task, {"initial", "", {}}});
  EXPECT_TRUE(plan.terms.empty());
  EXPECT_TRUE(plan.gates.empty());
}

}  // namespace
}  // namespace leakprobe
