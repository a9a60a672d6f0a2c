#include "config/names.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

TEST(Names, OfLettersOfAnyLanguageSignsAndInnerBlanksAreGood) {
  for (const char* name : {"elicit", "a.b", "no prefix", "w-o_1", "phases.elicit.lr", "Größe",
                           "漢字", "a\\b", "x:y", "~", "-"}) {
    EXPECT_EQ(name_fault(name), "") << name;
  }
  EXPECT_EQ(name_fault(std::string(200, 'n')), "");
}

TEST(Names, ThatCouldLeadElsewhereOrHideHaveAFault) {
  EXPECT_EQ(name_fault(""), "is empty");
  for (const char* name : {".", "..", ".hidden", "../up", "./here"}) {
    EXPECT_EQ(name_fault(name), "begins with a dot") << name;
  }
  for (const char* name : {"a/b", "/absolute", "a/", "a/../b"}) {
    EXPECT_EQ(name_fault(name), "holds a slash") << name;
  }
  for (const char* name : {"a\nb", "\x1b[31m", "a\tb", "\x7f", "a\u0085b", "a\u2028b"}) {
    EXPECT_EQ(name_fault(name), "holds a control character") << name;
  }
  for (const char* name : {"a\u200Bb", "\u202Eabc", "\uFEFFa", "a\u00ADb"}) {
    EXPECT_EQ(name_fault(name), "holds a character that cannot be seen") << name;
  }
  for (const char* name : {" a", "a ", "a\u00A0", "\u3000a"}) {
    EXPECT_EQ(name_fault(name), "begins or ends with a blank") << name;
  }
  EXPECT_EQ(name_fault(std::string("a\0b", 3)), "holds a control character");
  EXPECT_EQ(name_fault("a\xff"), "is not UTF-8");
  EXPECT_EQ(name_fault(std::string(201, 'n')), "is longer than 200 bytes");
}

}  // namespace
}  // namespace leakprobe
