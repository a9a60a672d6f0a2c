#include "tokenizer/unicode_classes.h"

#include <gtest/gtest.h>

#include "tokenizer/unicode_properties.h"

namespace leakprobe {
namespace {

std::size_t count(UnicodeClass unicode_class) {
  return boost::icl::cardinality(code_points_in(unicode_class));
}

std::size_t count(std::string_view property) {
  return boost::icl::cardinality(code_points_with(property, true).value());
}

TEST(UnicodeClasses, HaveTheReferencesSizes) {
  EXPECT_EQ(count(UnicodeClass::kLetter), 141028u);
  EXPECT_EQ(count(UnicodeClass::kNumber), 1911u);
  EXPECT_EQ(count(UnicodeClass::kSpace), 25u);
  EXPECT_EQ(count(UnicodeClass::kDigit), 1924u);
  EXPECT_EQ(count(UnicodeClass::kWord), 144667u);
}

TEST(UnicodeClasses, TheTableAgreesWithTheSets) {
  for (UnicodeClass unicode_class :
       {UnicodeClass::kLetter, UnicodeClass::kNumber, UnicodeClass::kSpace, UnicodeClass::kDigit,
        UnicodeClass::kWord, UnicodeClass::kLateMark}) {
    for (const CodePointInterval& interval : code_points_in(unicode_class)) {
      ASSERT_TRUE(is_in_class(boost::icl::first(interval), unicode_class));
      ASSERT_TRUE(is_in_class(boost::icl::last(interval), unicode_class));
      ASSERT_FALSE(is_in_class(boost::icl::last(interval) + 1, unicode_class));
    }
  }
}

// The sizes are those of Unicode 16.0's DerivedGeneralCategory.txt and Scripts.txt.
TEST(UnicodeProperties, GeneralCategoriesAndScriptsAreUnicode16s) {
  EXPECT_EQ(count("Lu"), 1858u);
  EXPECT_EQ(count("Ll"), 2258u);
  EXPECT_EQ(count("Nd"), 760u);
  EXPECT_EQ(count("Mn"), 2020u);
  EXPECT_EQ(count("Han"), 99030u);
  EXPECT_EQ(count("Garay"), 69u);
  EXPECT_FALSE(code_points_with("Sidetic", true)) << "a script of Unicode 17";
}

TEST(UnicodeProperties, EverySpellingOfANameIsKnown) {
  const auto upper = code_points_with("Lu", true);
  for (const char* name :
       {"lu", "LU", "Uppercase_Letter", "uppercase letter", "Upper-CaseLetter"}) {
    EXPECT_EQ(code_points_with(name, true), upper) << name;
  }
  EXPECT_EQ(code_points_with("Latn", true), code_points_with("Latin", true));
  EXPECT_EQ(code_points_in_bracket("space"), code_points_with("White_Space", true));
  for (const char* name : {"", "L&", "Script=Han", "IsHan", "[:alpha:]", "late_mark"}) {
    EXPECT_FALSE(code_points_with(name, true)) << name;
  }
}

TEST(UnicodeProperties, CategoriesDivideAllCharacters) {
  CodePoints all;
  std::size_t sum = 0;
  for (const char* name :
       {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn"}) {
    const CodePoints members = code_points_with(name, true).value();
    sum += boost::icl::cardinality(members);
    all += members;
  }
  EXPECT_EQ(sum, 0x110000u - 0x800u) << "all but the surrogates";
  EXPECT_EQ(boost::icl::cardinality(all), sum);
}

}  // namespace
}  // namespace leakprobe
