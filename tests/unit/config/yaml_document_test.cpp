#include "config/yaml_document.h"

#include <gtest/gtest.h>

#include <chrono>

#include "config/support.h"

namespace leakprobe {
namespace {

std::string json_of(const std::string& text) { return to_json(yaml(text)); }

TEST(YamlDocument, ScalarsAreReadAsJsonReadsThemAndEverythingElseIsText) {
  EXPECT_EQ(json_of("[true, false, null, ~, 0, 1, -1, 9223372036854775807]"),
            "[true,false,null,null,0,1,-1,9223372036854775807]");
  EXPECT_EQ(json_of("[1.5, -0.5e-3, 1e3, .5, 5., 1E+2]"), "[1.5,-5e-4,1000.0,0.5,5.0,100.0]");
  EXPECT_EQ(json_of("[True, FALSE, yes, no, on, off, y, Null, NULL]"),
            R"(["True","FALSE","yes","no","on","off","y","Null","NULL"])");
  EXPECT_EQ(json_of("[010, 0x10, 0o7, 1_000, 00.5, +5, -, ., .nan, .inf, -.inf, 1e, e5, 1.2.3]"),
            R"(["010","0x10","0o7","1_000","00.5","+5","-",".",".nan",".inf","-.inf","1e","e5",)"
            R"("1.2.3"])");
  EXPECT_EQ(json_of("['12', \"true\", 'null', ! 12]"), R"(["12","true","null","12"])");
}

TEST(YamlDocument, QuotedTextIsMarked) {
  const Value list = yaml("- 'a'\n- \"b\"\n- c\n- |\n  d\n");
  const std::vector<bool> expected = {true, true, false, true};
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(list.as_list()[i].quoted, expected[i]) << i;
}

TEST(YamlDocument, EveryPartKnowsItsPlace) {
  const Value root = yaml("a: 1\nbb:\n  cc: [x, {d: e}]\n", "folder/file.yaml");
  const auto place = [](const Value& value) { return to_string(value.place); };
  EXPECT_EQ(place(root), "folder/file.yaml:1:1");
  EXPECT_EQ(place(*root.find("a")), "folder/file.yaml:1:4");
  EXPECT_EQ(place(*root.find("bb")), "folder/file.yaml:3:3");
  const Value& list = *root.find("bb")->find("cc");
  EXPECT_EQ(place(list), "folder/file.yaml:3:7");
  EXPECT_EQ(place(list.as_list()[0]), "folder/file.yaml:3:8");
  EXPECT_EQ(to_string(list.as_list()[1].entries()[0].place), "folder/file.yaml:3:12");
  EXPECT_EQ(place(list.as_list()[1].entries()[0].value), "folder/file.yaml:3:15");
}

TEST(YamlDocument, ColumnsCountCharactersAndNotBytes) {
  EXPECT_EQ(yaml("ä: {ööö: 1}").find("ä")->find("ööö")->place.column, 10);
}

TEST(YamlDocument, ByteOrderMarkAndCrlfAreTolerated) {
  const Value root = yaml(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: |\r\n  x\r\n  y\r\n");
  EXPECT_EQ(to_json(root), R"({"a":1,"b":"x\ny\n"})");
  EXPECT_EQ(root.find("a")->place.column, 4);
}

TEST(YamlDocument, AliasesRepeatValuesAtTheirOwnPlace) {
  const Value root = yaml("a: &x {b: 1}\nc: *x\n");
  EXPECT_EQ(to_json(root), R"({"a":{"b":1},"c":{"b":1}})");
  EXPECT_EQ(root.find("c")->place.line, 2);
  EXPECT_EQ(root.find("c")->find("b")->place.line, 1);
}

TEST(YamlDocument, DocumentMarkersAroundOneDocumentAreTolerated) {
  EXPECT_EQ(json_of("%YAML 1.2\n---\na: 1\n...\n"), R"({"a":1})");
}

struct Case {
  const char* name;
  std::string text;
  std::string problems;
};

class YamlProblem : public testing::TestWithParam<Case> {};

TEST_P(YamlProblem, IsReported) { EXPECT_EQ(yaml_problems(GetParam().text), GetParam().problems); }

INSTANTIATE_TEST_SUITE_P(
    Hostile, YamlProblem,
    testing::Values(
        Case{"duplicate_keys", "a: 1\nm: {x: 1, x: 2}\na: 3\n",
             "test.yaml:2:11: error: m.x: the key is given twice, first at line 2\n"
             "    hint: remove one of them\n"
             "test.yaml:3:1: error: a: the key is given twice, first at line 1\n"
             "    hint: remove one of them\n"},
        Case{"merge_key", "b: &b {x: 1}\nc:\n  <<: *b\n",
             "test.yaml:3:3: error: c: merge keys ('<<') have no meaning here\n"
             "    hint: take a mapping over with 'extends: FILE'\n"},
        Case{"keys_that_are_no_text", "1: a\ntrue: b\n'2': c\nnull: d\n? [1]\n: e\n",
             "test.yaml:1:1: error: a key that is no text: 1\n    hint: put it in quotes\n"
             "test.yaml:2:1: error: a key that is no text: true\n    hint: put it in quotes\n"
             "test.yaml:4:1: error: a key that is no text: null\n    hint: put it in quotes, or "
             "remove a comma too many\n"
             "test.yaml:5:3: error: a key that is a mapping or a list\n"
             "    hint: keys are text; put text with '{' or '[' in quotes\n"},
        Case{"empty_key", "'': 1\n",
             "test.yaml:1:1: error: a key without a name\n    hint: name it\n"},
        Case{"second_document", "a: 1\n---\nb: 2\n",
             "test.yaml:2:1: error: a second document begins\n"
             "    hint: a file holds one experiment; remove the '---' or what follows it\n"},
        Case{"tags", "a: !!str 12\nb: !foo {x: 1}\n",
             "test.yaml:1:4: error: a: a YAML tag, which has no meaning here: "
             "'tag:yaml.org,2002:str'\n    hint: remove it; text is put in quotes\n"
             "test.yaml:2:4: error: b: a YAML tag, which has no meaning here: '!foo'\n"
             "    hint: remove it; text is put in quotes\n"},
        Case{"alias_to_itself", "a: &x [*x]\n",
             "test.yaml:1:8: error: a[0]: an alias ('*') inside the value that it stands for\n"
             "    hint: write the inner value out\n"},
        Case{"unknown_alias", "a: *x\n",
             "test.yaml:1:4: error: an alias ('*') of which there is no anchor ('&')\n    hint: "
             "define the anchor before it, or put text that begins with '*' in quotes\n"},
        Case{"tab", "a:\n\tb: 1\n",
             "test.yaml:2:1: error: a tab in the indentation\n    hint: indent with spaces\n"},
        Case{"nul", std::string("a: 1\0b", 6),
             "test.yaml:1:5: error: a NUL character\n    hint: remove it\n"},
        Case{"escaped_nul", "a: \"x\\0y\"\n",
             "test.yaml:1:4: error: a: text with a NUL character\n    hint: remove the \\0\n"},
        Case{"control_characters", "a: \x01\nb: \x7f\n",
             "test.yaml:1:4: error: the control character \\x01\n    hint: remove it\n"
             "test.yaml:2:4: error: the control character \\x7f\n    hint: remove it\n"},
        Case{"lone_carriage_return", "a: 1\rb: 2\n",
             "test.yaml:1:5: error: a carriage return without a line feed\n"
             "    hint: remove it\n"},
        Case{"invalid_utf8", "a: 1\nb: \xff\n",
             "test.yaml:2:4: error: a byte that does not belong to UTF-8 text\n"
             "    hint: save the file as UTF-8\n"},
        Case{"utf16",
             std::string("\xff\xfe"
                         "a\0",
                         4),
             "test.yaml:1:1: error: the file is UTF-16 text\n    hint: save it as UTF-8\n"},
        Case{"numbers_that_do_not_fit", "a: 99999999999999999999\nb: 1e400\n",
             "test.yaml:1:4: error: a: the integer does not fit in 64 bits: "
             "'99999999999999999999'\n"
             "test.yaml:2:4: error: b: the number is beyond what a 64-bit floating-point number "
             "holds: '1e400'\n"},
        Case{"nothing", "# only a comment\n", "test.yaml: error: there is nothing in the file\n"},
        Case{"key_without_value", "a:\nb: 1\nc: {d: , e: null}\n",
             "test.yaml:1:1: warning: a: has no value and counts as not given\n"
             "    hint: write null if that is meant\n"
             "test.yaml:3:5: warning: c.d: has no value and counts as not given\n"
             "    hint: write null if that is meant\n"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Broken, YamlProblem,
    testing::Values(
        Case{"indentation_of_mapping", "a:\n  b: 1\n c: 2\n",
             "test.yaml:3:2: error: a line that does not belong to the mapping around it\n    "
             "hint: give all keys of one mapping the same indentation, and write 'key: value'\n"},
        Case{"missing_blank", "a: 1\nb:2\n",
             "test.yaml:2:1: error: expected 'key: value', found 'b:2'\n"
             "    hint: write a blank after the colon\n"},
        Case{"text_without_colon", "n: {a, b: 1}\nfoo\n",
             "test.yaml:1:5: error: n: expected 'key: value', found 'a'\n"
             "test.yaml:2:1: error: expected 'key: value', found 'foo'\n"},
        Case{"only_the_unclosed_bracket", "[1",
             "test.yaml:1:1: error: a '[' is not closed; it was opened at line 1, column 1\n"
             "    hint: write ']' at its end, and commas between its elements\n"},
        Case{"two_colons", "a: b: c\n",
             "test.yaml:1:5: error: a ':' where no mapping can begin\n"
             "    hint: check the indentation, and put text with ': ' in quotes\n"},
        Case{"unclosed_bracket", "a: [1, 2\nb: 3\n",
             "test.yaml:2:2: error: a '[' is not closed; it was opened at line 1, column 4\n"
             "    hint: write ']' at its end, and commas between its elements\n"},
        Case{"unclosed_brace", "a: {x: 1\nb: 3\n",
             "test.yaml:2:2: error: a '{' is not closed; it was opened at line 1, column 4\n"
             "    hint: write '}' at its end, and commas between its entries\n"},
        Case{"unclosed_quote", "a: &anchor \"x\nb: 3\n",
             "test.yaml:1:4: error: a: a quotation mark is not closed\n"
             "    hint: write it at the text's end\n"},
        Case{"stray_bracket", "a: ]\n",
             "test.yaml:1:4: error: a ']' or '}' that closes nothing\n    hint: remove it\n"},
        Case{"escape", "a: \"\\q\"\n",
             "test.yaml:1:7: error: an escape sequence that YAML does not know\n"
             "    hint: write '\\\\' for a backslash, or use single quotes\n"},
        Case{"reserved_character", "a: @x\n",
             "test.yaml:1:4: error: a character that can begin no value\n"
             "    hint: put the text in quotes if it is meant\n"}),
    [](const auto& test) { return test.param.name; });

const char* const kTooDeep =
    "error: more than 64 mappings and lists inside one another\n    hint: experiments need far "
    "fewer\n";

TEST(YamlDocument, DepthIsLimited) {
  EXPECT_EQ(yaml_problems(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_EQ(yaml_problems(std::string(65, '[') + std::string(65, ']')),
            std::string("test.yaml:1:65: ") + kTooDeep);
  EXPECT_NE(yaml_problems(std::string(100'000, '[')).find(kTooDeep), std::string::npos);
  std::string dashes;
  for (int i = 0; i < 3000; ++i) dashes += "- ";
  EXPECT_EQ(yaml_problems(dashes + "x"), std::string("test.yaml:1:129: ") + kTooDeep);
}

TEST(YamlDocument, AKeyInsideAKeyIsReportedOnce) {
  EXPECT_EQ(yaml_problems(std::string(1000, '{')),
            "test.yaml:1:1: error: a key that is a mapping or a list\n"
            "    hint: keys are text; put text with '{' or '[' in quotes\n"
            "test.yaml:1:64: " +
                std::string(kTooDeep));
}

TEST(YamlDocument, AliasBombsRunOutOfBudget) {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char name = 'b'; name <= 'h'; ++name) {
    text += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 9; ++i) text += std::string(i == 0 ? "*" : ",*") + char(name - 1);
    text += "]\n";
  }
  EXPECT_NE(yaml_problems(text).find("the file holds too many values"), std::string::npos);
}

TEST(YamlDocument, RepeatedLongTextRunsOutOfBudget) {
  std::string text = "a: &a " + std::string(500'000, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) text += "*a,";
  EXPECT_NE(yaml_problems(text + "]\n").find("the file holds too many values"), std::string::npos);
}

TEST(YamlDocument, NestedAnchorsRunOutOfBudget) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 5000; ++i) text += "1,";
  text += std::string(60, ']');
  EXPECT_NE(yaml_problems(text).find("the file holds too many values"), std::string::npos);
}

TEST(YamlDocument, OneLongLineTakesLinearTime) {
  std::string text = "[";
  for (int i = 0; i < 90'000; ++i) text += "1, ";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(yaml(text + "1]").as_list().size(), 90'001u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(YamlDocument, EveryTruncationAndEveryFlippedByteIsSurvived) {
  const std::string text =
      "a: &x {b: [1, 'two', \"th\\u0072ee\"], c: ~}\nd: *x\n? e\n: |\n  text\n  more\nf:\n- g\n- "
      "h: "
      "1e-4 # comment\n";
  for (size_t length = 0; length < text.size(); ++length) yaml_problems(text.substr(0, length));
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char other : {'\0', '\n', '\t', ' ', ':',  '-', '[', '}', '&',    '*',
                             '!',  '\'', '"',  '|', '\\', '#', '%', '<', '\x80', '\xff'}) {
      std::string changed = text;
      changed[i] = other;
      yaml_problems(changed);
    }
  }
}

}  // namespace
}  // namespace leakprobe
