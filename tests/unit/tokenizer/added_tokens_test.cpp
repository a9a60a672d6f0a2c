#include "tokenizer/added_tokens.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

// Texts as "[text]", tokens as "<id>".
std::string split(std::vector<AddedToken> tokens, std::string_view text) {
  std::string result;
  AddedTokenFinder(std::move(tokens))
      .split(
          text, [&](std::string_view piece) { result += "[" + std::string(piece) + "]"; },
          [&](std::int64_t id) { result += "<" + std::to_string(id) + ">"; });
  return result;
}

TEST(AddedTokens, TheLeftmostAndThenTheLongestIsFound) {
  const std::vector<AddedToken> tokens = {
      {.id = 1, .content = "ab"}, {.id = 2, .content = "abcd"}, {.id = 3, .content = "bcde"}};
  EXPECT_EQ(split(tokens, "xabcdex"), "[x]<2>[ex]");
  EXPECT_EQ(split(tokens, "abc"), "<1>[c]");
  EXPECT_EQ(split(tokens, "bcdeab"), "<3><1>");
  EXPECT_EQ(split(tokens, ""), "");
  EXPECT_EQ(split({}, "text"), "[text]");
}

TEST(AddedTokens, OfEqualContentsTheFirstIsFound) {
  EXPECT_EQ(split({{.id = 1, .content = "a"}, {.id = 2, .content = "a"}}, "a"), "<1>");
}

TEST(AddedTokens, ASingleWordTouchesNoWord) {
  const std::vector<AddedToken> tokens = {{.id = 1, .content = "foo", .single_word = true}};
  EXPECT_EQ(split(tokens, "foo afoo foob \u00E9foo foo_ (foo)"),
            "<1>[ afoo foob \u00E9foo foo_ (]<1>[)]");
}

TEST(AddedTokens, StrippingTakesSpacesAlong) {
  EXPECT_EQ(split({{.id = 1, .content = "X", .lstrip = true}}, "a \u3000\nX b"), "[a]<1>[ b]");
  EXPECT_EQ(split({{.id = 1, .content = "X", .rstrip = true}}, "a X \t b"), "[a ]<1>[b]");
  EXPECT_EQ(split({{.id = 1, .content = "X", .lstrip = true, .rstrip = true}}, " X  X "), "<1><1>");
}

TEST(AddedTokens, SpacesTakenAlongCanStillBeATokenAsInTheReference) {
  EXPECT_EQ(split({{.id = 1, .content = "X", .rstrip = true}, {.id = 2, .content = "  "}}, "X   a"),
            "<1><2>[ a]");
}

}  // namespace
}  // namespace leakprobe
