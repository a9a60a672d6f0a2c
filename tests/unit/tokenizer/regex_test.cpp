#include "tokenizer/regex.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "format/support.h"
#include "tokenizer/regex_translation.h"

namespace leakprobe {
namespace {

std::vector<std::string> matches(const Regex& regex, std::string_view text) {
  std::vector<std::string> found;
  for (const PatternSpan& span : regex.split(text)) {
    if (span.is_match) found.emplace_back(text.substr(span.begin, span.end - span.begin));
  }
  return found;
}

std::vector<std::string> matches(std::string_view pattern, std::string_view text) {
  return matches(Regex::from_pattern(pattern, "test"), text);
}

using Texts = std::vector<std::string>;

TEST(Regex, KnowsTheReferencesLettersNumbersAndSpaces) {
  // Letters and numbers of Unicode 15 and 16, which this PCRE2 does not know.
  EXPECT_EQ(matches(R"(\p{L}+)", "a\U000105C0 1"), Texts{"a\U000105C0"});
  EXPECT_EQ(matches(R"(\P{L}+)", "a\U000105C0 1"), Texts{" 1"});
  EXPECT_EQ(matches(R"([^\s\p{L}]+)", "a\U00010D40\u0085\U00010D41"),
            (Texts{"\U00010D40", "\U00010D41"}));
  EXPECT_EQ(matches(R"(\p{N}{1,3})", "1234\U00010D40"), (Texts{"123", "4\U00010D40"}));
  EXPECT_EQ(matches(R"([\P{N}]+)", "a1b"), (Texts{"a", "b"}));
  EXPECT_EQ(matches(R"(\p{^L}+)", "a12b"), Texts{"12"});
  EXPECT_EQ(matches(R"(\S+)", "a\u3000b"), (Texts{"a", "b"}));
}

// Made by tests/external/regex_cases.py: texts, then patterns with what they match in each.
TEST(Regex, FollowsTheReferenceInEveryPattern) {
  std::ifstream file(std::filesystem::path(LEAKPROBE_TEST_FIXTURES) / "tokenizers/regex.jsonl");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  const auto texts = nlohmann::json::parse(line).get<Texts>();
  int count = 0;
  for (; std::getline(file, line); ++count) {
    const auto expected = nlohmann::json::parse(line);
    const auto pattern = expected[0].get<std::string>();
    const Regex regex = Regex::from_pattern(pattern, "test");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      Texts found;
      bool after_match = false;
      for (const PatternSpan& span : regex.split(texts[i])) {
        const std::string part = texts[i].substr(span.begin, span.end - span.begin);
        if (span.is_match && after_match) {
          found.back() += part;
        } else if (span.is_match) {
          found.push_back(part);
        }
        after_match = span.is_match;
      }
      EXPECT_EQ(found, expected[i + 1].get<Texts>()) << pattern << " in text " << i;
    }
  }
  EXPECT_GT(count, 100);
}

TEST(Regex, WhatStandsForSeveralCharactersIsRefusedWhereCaseDoesNotCount) {
  for (const char* pattern : {"(?i:ss)", "(?i:\u00DF)", "(?i:[\u00DFa])", "(?i:a(?:s)(?:S))",
                              "(?i)\\x{73}t", "(?i:[\\p{L}])", "(?i:fi|fl)"}) {
    const std::string error = error_of([&] { translate_regex(pattern, "t"); });
    EXPECT_NE(error.find("not supported, where case does not count"), std::string::npos) << error;
  }
  EXPECT_EQ(error_of([] { translate_regex("(?i:[^\u00DF]|s|s)s", "t"); }), "no error");
}

TEST(Regex, APatternOfManyLargeClassesFits) {
  const Regex regex = Regex::from_pattern(
      R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
      R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+)"
      R"([\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      "GPT-4o's");
  EXPECT_EQ(matches(regex, "HelloWorld it'S 1234"),
            (Texts{"Hello", "World", " it'S", " ", "123", "4"}));
}

TEST(Regex, HyphensBesideASetStandForThemselves) {
  EXPECT_EQ(matches(R"([\s-x]+)", "a- xb"), Texts{"- x"});
  EXPECT_EQ(matches(R"([a-\s]+)", "a- xb"), Texts{"a- "});
  EXPECT_EQ(matches(R"([a-c]+)", "abcd-"), Texts{"abc"});
}

TEST(Regex, EscapesMeanWhatTheyMeanInTheReference) {
  EXPECT_EQ(matches(R"(\v)", "\x0B\n"), Texts{"\x0B"});
  EXPECT_EQ(matches(R"(\u4e2d|\x{4E2E}|\x41)", "A\u4E2D\u4E2E"), (Texts{"A", "\u4E2D", "\u4E2E"}));
  EXPECT_EQ(matches(R"(^a|b$)", "b\na\nb\n"), (Texts{"b", "a", "b"}));
  EXPECT_EQ(matches(R"((?i:'s))", "'S'\u017F"), (Texts{"'S", "'\u017F"}));
  EXPECT_EQ(matches(R"(\A.\z)", "x"), Texts{"x"});
}

TEST(Regex, TextsAreFoundAsTheyAre) {
  EXPECT_EQ(matches(Regex::from_text("a.*", "test"), "aaa.*"), Texts{"a.*"});
}

TEST(Regex, SpansCoverTheTextAndEmptyMatchesEnd) {
  const std::vector<PatternSpan> spans = Regex::from_pattern("a*", "test").split("\u00E9aab");
  std::size_t end = 0;
  for (const PatternSpan& span : spans) {
    EXPECT_EQ(span.begin, end);
    end = span.end;
  }
  EXPECT_EQ(end, 5u);
}

TEST(Regex, RefusesByNameWhatTheSyntaxesDoNotShare) {
  for (const char* construct :
       {R"(\p{Nothing})", R"(\p{Script=Han})", R"(\P{IsHan})", R"(\R)", R"(\X)", R"(\b)", R"(\K)",
        R"(\1)", R"(\G)", R"(\xE9)", R"([)", R"(&&)", R"((?x)", R"((?<)", R"((*A)", "{"}) {
    std::string pattern = construct;
    if (pattern == "[") pattern = "a[b[";
    if (pattern == "&&") pattern = "[a&&b]";
    if (pattern == "{") pattern = "a{,2}";
    if (pattern == "(?<") pattern = "(?<name>a)";
    const std::string error = error_of([&] { translate_regex(pattern, "t.json: p"); });
    EXPECT_NE(error.find("t.json: p: '" + std::string(construct) + "' at byte "), std::string::npos)
        << pattern << " gave: " << error;
  }
  EXPECT_EQ(error_of([] { translate_regex(R"(\p{N}{1,3}+)", "t"); }),
            "t: '{1,3}+' at byte 5 of the regular expression is not supported: use a tokenizer "
            "without it");
}

TEST(Regex, MalformedPatternsAreErrors) {
  for (const char* pattern : {"a[b", "a\\", "(", "*", "\\p{Nothing}", "\\p{L", "\\x{110000}",
                              "\\u00", "[]", "[\\", "a{9,1}", "\xFF"}) {
    EXPECT_EQ(error_of([&] { Regex::from_pattern(pattern, "t.json: p"); }).substr(0, 11),
              "t.json: p: ")
        << pattern;
  }
}

TEST(Regex, CatastrophicBacktrackingIsAnError) {
  const Regex regex = Regex::from_pattern("(?:a+)+b", "t.json: p");
  EXPECT_EQ(error_of([&] {
              regex.split(std::string(5000, 'a') + "c" + std::string(2, 'b'));
            }).substr(0, 46),
            "t.json: p: the regular expression fails on the");
}

TEST(Regex, ALongTextNeedsNoDeepStack) {
  const Regex regex = Regex::from_pattern(R"((?:\p{L}|\p{N})+|\s+(?!\S))", "t");
  EXPECT_EQ(regex.split(std::string(200000, 'a')).size(), 1u);
}

}  // namespace
}  // namespace leakprobe
