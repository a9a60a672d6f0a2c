#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"
#include "regex_freezing.h"

namespace leakprobe {
namespace {

using kit::TestContext;
using ::testing::HasSubstr;

const std::vector<ParameterInfo> kParameters = {
    {"embed.weight", {8, 4}, -1, Part::embedding, "head.weight"},
    {"layers.0.attention.weight", {4, 4}, 0, Part::attention, ""},
    {"layers.0.mlp.weight", {4, 4}, 0, Part::mlp, ""}};

FreezeRegex::Options trainable(const std::string& pattern) {
  FreezeRegex::Options options;
  options.trainable = pattern;
  return options;
}

FreezeRegex::Options frozen(const std::string& pattern) {
  FreezeRegex::Options options;
  options.frozen = pattern;
  return options;
}

std::string failure(const FreezeRegex::Options& options) {
  const TestContext context;
  try {
    FreezeRegex(options, context).trainable(kParameters, 1);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(FreezeRegex, TrainsMatchesAlone) {
  const TestContext context;
  EXPECT_EQ(FreezeRegex(trainable("attention"), context).trainable(kParameters, 1),
            std::vector<bool>({false, true, false}));
}

TEST(FreezeRegex, FreezesMatchesAlone) {
  const TestContext context;
  EXPECT_EQ(FreezeRegex(frozen("^layers\\.0\\.m"), context).trainable(kParameters, 1),
            std::vector<bool>({true, true, false}));
}

TEST(FreezeRegex, FindsATiedTensorUnderEitherNameAndSaysSo) {
  const TestContext context;
  EXPECT_EQ(FreezeRegex(frozen("^head"), context).trainable(kParameters, 1),
            std::vector<bool>({false, true, true}));
  ASSERT_EQ(context.warnings.size(), 1u);
  EXPECT_THAT(context.warnings[0], HasSubstr("one tensor"));
}

TEST(FreezeRegex, RefusesAPatternThatMatchesNothing) {
  EXPECT_THAT(failure(trainable("atention")), HasSubstr("no parameter's name contains a match"));
}

TEST(FreezeRegex, RefusesToFreezeEverything) {
  EXPECT_THAT(failure(frozen(".")), HasSubstr("freezes every parameter"));
}

}  // namespace
}  // namespace leakprobe
