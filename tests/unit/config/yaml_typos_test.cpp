#include "config/yaml_typos.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/support.h"

namespace leakprobe {
namespace {

std::vector<std::string> typos_of(const std::string& text) {
  std::vector<std::string> messages;
  for (const YamlTypo& typo : find_typos(text)) messages.push_back(typo.message);
  return messages;
}

std::string certain(const std::string& text) {
  std::string messages;
  for (const YamlTypo& typo : find_typos(text)) {
    if (typo.certain) messages += typo.message + '\n';
  }
  return messages;
}

TEST(YamlTypos, AreFoundOutsideOfQuotesAndCommentsAlone) {
  for (const char* text : {
           "a: \"x\u00a0y\"  # a\u00a0comment\n'b\u3000c': 'it''s\u2003so'\n",
           "{\"a\":\"\u201cx\u00a0\u201d\", 'b':'\uff1a'}\n",
           "a: &x \"\u00a0\"\nb: *x\n",
           "a: |\n  no\u00a0break\n\n  \u201cquoted\u201d\nb: >-\n  \uff1a\n",
           "name: \u5b9e\u9a8c\uff1a\u4e00\n",
           "name: \u00e9t\u00e9 \u2014 \u2018x\u2019\n",
           "- http://example.org\n- 'x'\n- -1\n- -.5\n- --x\n",
           "a: b=c\nd: //x\ne: -x\n",
       }) {
    EXPECT_EQ(certain(text), "") << text;
  }
}

TEST(YamlTypos, CharactersThatLookLikeYamls) {
  EXPECT_EQ(certain("a:\u00a04\n"), "a no-break space (U+00A0) in place of a blank\n");
  EXPECT_EQ(certain("a: 4\u2009\n"), "a blank that is no ASCII blank (U+2009)\n");
  EXPECT_EQ(certain("a: x\u200by\n"), "an invisible character (U+200B)\n");
  for (const char* hidden : {"\u00ad", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e",
                             "\u2061", "\u2066", "\u2069", "\u061c"}) {
    const std::string key = std::string("se") + hidden + "ed: 1\n";
    EXPECT_EQ(certain(key).substr(0, 22), "an invisible character") << key;
    EXPECT_EQ(certain("\"" + key.substr(0, key.find(':')) + "\": 1\n"), "") << "quoted";
  }
  EXPECT_EQ(certain("se\ufeffed: 1\n"), "a byte order mark in the middle of the file (U+FEFF)\n");
  EXPECT_EQ(certain("a: 1\n\ufeffb: 2\n"),
            "a byte order mark in the middle of the file (U+FEFF)\n");
  EXPECT_EQ(certain("a: \u201cx\u201d\n"), "a typographic quotation mark (U+201C)\n");
  EXPECT_EQ(certain("\u2018a\u2019: x\n"), "a typographic quotation mark (U+2018)\n");
  EXPECT_EQ(certain("a\uff1a 4\n"), "a full-width colon (U+FF1A)\n");
  EXPECT_EQ(certain("{a: 4\uff0c b\uff1a 5}\n"),
            "a full-width comma (U+FF0C)\na full-width colon (U+FF1A)\n");
  EXPECT_EQ(certain("a: \uff3bx\n"), "a full-width bracket (U+FF3B)\n");
  EXPECT_EQ(certain("\u2013 a\n"), "a dash (U+2013) in place of '-'\n");
  EXPECT_EQ(certain("a: \u22121\n"), "a minus sign (U+2212) in place of '-'\n");
  EXPECT_EQ(certain("a: \uff11\n"), "a full-width digit (U+FF11)\n");
}

TEST(YamlTypos, WhatMayExplainThatThereIsNoStructure) {
  using Messages = std::vector<std::string>;
  EXPECT_EQ(typos_of("a: 1\nb:2\n"), Messages{"no blank after the colon"});
  EXPECT_EQ(typos_of("\"b\":2\n"), Messages{"no blank after the colon"});
  EXPECT_EQ(typos_of("- a\n-b\n"), Messages{"no blank after the dash"});
  EXPECT_EQ(typos_of("a = 1\n"), Messages{"a '=' where a colon is needed"});
  EXPECT_EQ(typos_of("// a\n"), Messages{"a comment that begins with '//'"});
  EXPECT_EQ(typos_of("a: \"x\nb: \"y\"\n"),
            Messages{"a quotation mark that is closed only on the next line"});
  EXPECT_EQ(typos_of("a:\n-\tb: 1\n"), Messages{"a tab after the dash"});
  EXPECT_EQ(typos_of("a: 'it's'\n"), Messages{"text behind a quotation mark that closes one"});
  EXPECT_EQ(typos_of("a: 1\nb: {c: d}\n- e\n"), Messages{});
}

TEST(YamlTypos, AreNoReasonForMistakesElsewhere) {
  EXPECT_EQ(yaml_problems("a: [x:y]\nb: 1\nc: {d: 1\ne: 2\n"),
            "test.yaml:4:2: error: a '{' is not closed; it was opened at line 3, column 4\n"
            "    hint: write '}' at its end, and commas between its entries\n");
}

}  // namespace
}  // namespace leakprobe
