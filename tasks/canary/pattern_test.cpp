#include "pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leakprobe/error.h"

namespace leakprobe::canary {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string fault_of(const std::string& text, const Alphabets& own = {}) {
  try {
    read_pattern(text, own);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Pattern, IsASecretBetweenTwoTexts) {
  const Pattern pattern = read_pattern(" The code is {digits:6}.", {});
  EXPECT_EQ(pattern.before, " The code is ");
  EXPECT_EQ(pattern.after, ".");
  EXPECT_EQ(pattern.length, 6);
  EXPECT_EQ(pattern.secrets(), 1e6);
  EXPECT_EQ(pattern.symbols.size(), 10u);
  EXPECT_EQ(read_pattern("{letters:2}", {}).secrets(), 676);
  EXPECT_EQ(read_pattern("{hex:2}", {}).secrets(), 256);
}

TEST(Pattern, MayHaveAnAlphabetOfItsOwn) {
  const Pattern pattern = read_pattern("{colours:3}!", {{"colours", {" red", " blue"}}});
  EXPECT_THAT(pattern.symbols, ElementsAre(" red", " blue"));
  EXPECT_EQ(pattern.secrets(), 8);
}

TEST(Pattern, HasOnePlaceForTheSecret) {
  for (const char* text : {"no secret", "{digits:6", "digits:6}", "}{"}) {
    EXPECT_THAT(fault_of(text), HasSubstr("has no place for the secret")) << text;
  }
  for (const char* text :
       {"{digits:2} {digits:2}", "{{digits:2}}", "{digits:2}}", "{a{digits:2}"}) {
    EXPECT_THAT(fault_of(text), HasSubstr("must have one place for the secret")) << text;
  }
}

TEST(Pattern, SaysAlphabetAndLength) {
  for (const char* text : {"{digits}", "{digits:}", "{digits:0}", "{digits:-1}", "{digits:257}",
                           "{digits:6x}", "{digits: 6}", "{}", "{digits:99999999999999999999}"}) {
    EXPECT_THAT(fault_of(text), HasSubstr("must be an alphabet and a length of 1 to 256")) << text;
  }
  EXPECT_EQ(fault_of("{digit:6}"), "pattern: there is no alphabet 'digit'; did you mean 'digits'?");
}

TEST(Pattern, AlphabetsAreTwoOrMoreTextsThatDiffer) {
  for (const std::vector<std::string>& symbols :
       std::vector<std::vector<std::string>>{{}, {"a"}, {"a", "a"}, {"a", ""}}) {
    EXPECT_THAT(fault_of("{digits:6}", {{"own", symbols}}),
                HasSubstr("alphabets.own must be two or more texts that differ"));
  }
  EXPECT_THAT(fault_of("{digits:6}", {{"digits", {"a", "b"}}}),
              HasSubstr("alphabets.digits is there already"));
}

}  // namespace
}  // namespace leakprobe::canary
