#include "text/utf8.h"

#include <gtest/gtest.h>

#include "format/support.h"

namespace leakprobe {
namespace {

TEST(Utf8, CodePointsComeBackAsWritten) {
  for (char32_t code_point = 0; code_point <= kLastCodePoint; ++code_point) {
    if (code_point == 0xD800) code_point = 0xE000;
    std::string text;
    append_code_point(text, code_point);
    ASSERT_EQ(find_invalid_utf8(text), std::string_view::npos) << std::hex << +code_point;
    std::size_t position = 0;
    ASSERT_EQ(next_code_point(text, position), code_point);
    ASSERT_EQ(position, text.size());
    ASSERT_EQ(previous_code_point_start("x" + text, position + 1), 1u);
  }
}

TEST(Utf8, FindsTheFirstByteThatIsWrong) {
  EXPECT_EQ(find_invalid_utf8("0123456789abcdef\xFFg"), 16u);
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0u);          // overlong
  EXPECT_EQ(find_invalid_utf8("a\xED\xA0\x80"), 1u);     // a surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("ab\xE2\x82"), 2u);        // cut off
  EXPECT_EQ(error_of([] { require_utf8("ab\x80", "text"); }),
            "text: byte 2 is not valid UTF-8: convert the text to UTF-8");
}

// The example of table 3-8 of the Unicode standard, and the forms around it.
TEST(Utf8, EveryMaximalIllFormedPartBecomesOneReplacement) {
  EXPECT_EQ(replace_invalid_utf8("a\xF1\x80\x80\xE1\x80\xC2"
                                 "b\x80"
                                 "c\x80\xBF"
                                 "d"),
            "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
  EXPECT_EQ(replace_invalid_utf8("\xC0\xAF\xE0\x80\xBF"), "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(replace_invalid_utf8("all \u00E9 good"), "all \u00E9 good");
}

}  // namespace
}  // namespace leakprobe
