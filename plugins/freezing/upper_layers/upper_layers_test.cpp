#include "upper_layers.h"

#include <gtest/gtest.h>

#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using kit::TestContext;

std::vector<ParameterInfo> model(int64_t blocks, bool tied) {
  std::vector<ParameterInfo> parameters = {
      {"embed.weight", {8, 4}, -1, Part::embedding, tied ? "head.weight" : ""}};
  for (int64_t i = 0; i < blocks; ++i) {
    parameters.push_back(
        {"layers." + std::to_string(i) + ".weight", {4, 4}, i, Part::attention, ""});
  }
  parameters.push_back({"norm.weight", {4}, -1, Part::final_norm, ""});
  if (!tied) parameters.push_back({"head.weight", {8, 4}, -1, Part::head, ""});
  return parameters;
}

std::vector<bool> trained(double fraction, bool head, const std::vector<ParameterInfo>& parameters,
                          int64_t blocks, const TestContext& context = TestContext()) {
  UpperLayers::Options options;
  options.fraction = fraction;
  options.head = head;
  return UpperLayers(options, context).trainable(parameters, blocks);
}

int64_t frozen_blocks(double fraction, int64_t blocks) {
  const auto result = trained(fraction, false, model(blocks, false), blocks);
  return std::count(result.begin(), result.end(), false);
}

TEST(UpperLayers, FreezesUpperHalfAndHeadButNeitherFinalNormNorEmbedding) {
  EXPECT_EQ(trained(0.5, true, model(4, false), 4),
            std::vector<bool>({true, true, true, false, false, true, false}));
}

TEST(UpperLayers, LeavesTheHeadWhereAsked) {
  EXPECT_TRUE(trained(0.5, false, model(4, false), 4).back());
}

TEST(UpperLayers, FreezingATiedHeadFreezesTheEmbeddingAndSaysSo) {
  const TestContext context;
  EXPECT_FALSE(trained(0.5, true, model(4, true), 4, context).front());
  ASSERT_EQ(context.warnings.size(), 1u);
  EXPECT_NE(context.warnings[0].find("embed.weight is tied"), std::string::npos);

  const TestContext quiet;
  EXPECT_TRUE(trained(0.5, false, model(4, true), 4, quiet).front());
  EXPECT_TRUE(quiet.warnings.empty());
}

TEST(UpperLayers, RoundsTheFirstFrozenBlockDown) {
  EXPECT_EQ(frozen_blocks(0.5, 5), 3);
  EXPECT_EQ(frozen_blocks(0.0, 6), 0);
  EXPECT_EQ(frozen_blocks(1.0, 6), 6);
  for (int64_t tenths = 0; tenths <= 10; ++tenths) {
    EXPECT_EQ(frozen_blocks(static_cast<double>(tenths) / 10, 10), tenths);
  }
}

}  // namespace
}  // namespace leakprobe
