#include "none.h"

#include <gtest/gtest.h>

#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

TEST(FreezeNone, TrainsEveryParameter) {
  const std::vector<ParameterInfo> parameters = {
      {"embed.weight", {8, 4}, -1, Part::embedding, "lm_head.weight"},
      {"layers.0.mlp.weight", {4, 4}, 0, Part::mlp, ""}};
  const FreezeNone none({}, kit::TestContext());
  EXPECT_EQ(none.trainable(parameters, 1), std::vector<bool>({true, true}));
}

}  // namespace
}  // namespace leakprobe
