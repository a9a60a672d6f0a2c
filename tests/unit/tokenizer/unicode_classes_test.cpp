#include "tokenizer/unicode_classes.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

std::size_t count(UnicodeClass unicode_class) {
  std::size_t total = 0;
  for (const CodePointRange& range : unicode_ranges(unicode_class)) {
    total += range.last - range.first + 1;
  }
  return total;
}

TEST(UnicodeClasses, HaveTheReferencesSizes) {
  EXPECT_EQ(count(UnicodeClass::kLetter), 141028u);
  EXPECT_EQ(count(UnicodeClass::kNumber), 1911u);
  EXPECT_EQ(count(UnicodeClass::kSpace), 25u);
  EXPECT_EQ(count(UnicodeClass::kDigit), 1924u);
  EXPECT_EQ(count(UnicodeClass::kWord), 144667u);
}

TEST(UnicodeClasses, RangesAscendAndTheTableAgrees) {
  for (UnicodeClass unicode_class :
       {UnicodeClass::kLetter, UnicodeClass::kNumber, UnicodeClass::kSpace, UnicodeClass::kDigit,
        UnicodeClass::kWord, UnicodeClass::kLateMark}) {
    char32_t next = 0;
    for (const CodePointRange& range : unicode_ranges(unicode_class)) {
      ASSERT_LE(range.first, range.last);
      if (next > 0) {
        ASSERT_GT(range.first, next);
        ASSERT_FALSE(is_in_class(range.first - 1, unicode_class));
      }
      ASSERT_TRUE(is_in_class(range.first, unicode_class));
      ASSERT_TRUE(is_in_class(range.last, unicode_class));
      next = range.last + 1;
      ASSERT_FALSE(is_in_class(next, unicode_class));
    }
  }
}

}  // namespace
}  // namespace leakprobe
