#include <gmock/gmock.h>

#include <chrono>
#include <limits>

#include "testing.h"

namespace leakprobe::text_pairs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Files : public OwnTexts {
 protected:
  /// A file whose set `secrets` is set against the answers of `train`.
  void write_two_sets(const std::string& more = "") {
    write("own.jsonl",
          R"({"set": "train", "prompt": "a", "chosen": "b", "rejected": "c"}
{"set": "secrets", "prompt": "a", "chosen": "d", "rejected": "e"}
)" + more);
  }
};

TEST_F(Files, AColumnNamesTheSetsInTheOrderOfTheFile) {
  write_two_sets(
      "{\"set\": \"control\", \"text\": \"f\", \"prompt\": \"a\"}\n"
      "{\"set\": \"train\", \"prompt\": \"g\", \"chosen\": \"h\", \"rejected\": \"i\"}\n");
  options_.roles = {{"secrets.rejected", {Role::Kind::never_positive, {}}},
                    {"control", {Role::Kind::control, {}}}};
  const TaskFacts facts = this->facts();
  ASSERT_EQ(facts.sets.size(), 3u);
  EXPECT_EQ(facts.sets[0].name, "train");
  EXPECT_EQ(facts.sets[0].size, 2);
  EXPECT_EQ(facts.sets[0].columns.size(), 2u);
  EXPECT_EQ(facts.sets[1].name, "secrets");
  EXPECT_TRUE(facts.role_of({"secrets", "rejected", ""}).forbids_positive("none"));
  EXPECT_FALSE(facts.role_of({"secrets", "chosen", ""}).forbids_positive("none"));
  EXPECT_TRUE(facts.sets[2].columns.empty());
  EXPECT_EQ(facts.control()->name, "control");
  EXPECT_TRUE(facts.needs_tokenizer);
  EXPECT_EQ(facts.longest_row, 0) << "the tokenizer decides";
  EXPECT_EQ(shown("train", "chosen", 1), "g[<h>]");
}

TEST_F(Files, AFileMaySayRolesItselfAndTheExperimentHasTheLastWord) {
  write("own.jsonl",
        R"({"set": "kept", "role": "never_positive", "text": "one"}
{"set": "new", "role": "control", "text": "two"}
{"set": "kept", "text": "three"})");
  EXPECT_EQ(facts().find("kept")->role.kind, Role::Kind::never_positive);
  EXPECT_EQ(facts().control()->name, "new");
  options_.roles = {{"kept", {Role::Kind::ordinary, {}}}};
  EXPECT_EQ(facts().find("kept")->role.kind, Role::Kind::ordinary);
}

TEST_F(Files, WithoutAColumnThatSaysItAllIsOneSetAndThereNeedBeNoControl) {
  write("own.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\", \"score\": 3}\n");
  options_.set = "texts";
  ASSERT_EQ(facts().sets.size(), 1u);
  EXPECT_EQ(facts().sets[0].name, "texts");
  EXPECT_EQ(facts().control(), nullptr);
  EXPECT_FALSE(facts().chance);
  options_.alphabet = 10;
  EXPECT_NEAR(*facts().chance, -2.302585, 1e-6);
}

TEST_F(Files, ColumnsMayHaveOtherNames) {
  write("own.jsonl", "{\"question\": \"a\", \"good\": \"b\", \"bad\": \"c\", \"text\": \"d\"}");
  options_.columns.prompt = "question";
  options_.columns.chosen = "good";
  options_.columns.rejected = "bad";
  options_.columns.text = "";
  EXPECT_EQ(shown("train", "rejected", 0), "a[<c>]");
}

TEST_F(Files, AModelWithoutATokenizerGetsTheCharactersAndTheSpecialTokens) {
  write("own.jsonl", "{\"prompt\": \"bé\", \"text\": \"[[a]]b\U0001F512\"}");
  options_.marks = {"[[", "]]"};
  options_.prefixes = {{"loud", "!b"}};
  options_.eos = "<end>";
  EXPECT_THAT(facts().vocabulary, ElementsAre("a", "b", "é", "\U0001F512", "!", "<end>"));
}

TEST_F(Files, CsvSaysWhatJsonLinesSay) {
  write("own.jsonl",
        "{\"set\": \"x\", \"prompt\": \"a, \\\"b\\\"\", \"chosen\": \"one\\ntwo\", \"rejected\": "
        "\" c\"}\n"
        "{\"set\": \"y\", \"prompt\": \"d\", \"text\": \"e\\r\\nf\"}\n");
  std::vector<std::string> lines;
  const auto all = [&] {
    return std::vector{shown("x", "chosen", 0), shown("x", "rejected", 0), shown("y", "", 0)};
  };
  const auto expected = all();
  EXPECT_EQ(expected.front(), "a, \"b\"[<one\ntwo>]");
  for (const char* const end : {"\n", "\r\n"}) {
    const std::string line_end = end;
    for (const char* const mark : {"", "\xEF\xBB\xBF"}) {
      write("own.csv", mark + ("id,set,prompt,chosen,rejected,text" + line_end) +
                           "1,x,\"a, \"\"b\"\"\",\"one\ntwo\", c," + line_end +
                           "2,y,d,,,\"e\r\nf\"");
      EXPECT_EQ(all(), expected);
    }
  }
}

TEST_F(Files, JsonLinesMayHaveAByteOrderMarkCarriageReturnsAndBlankLines) {
  write("own.jsonl", "\xEF\xBB\xBF{\"text\": \"one\"}\r\n\r\n  \n{\"text\": \"two\"}");
  EXPECT_EQ(facts().sets[0].size, 2);
  EXPECT_EQ(shown("train", "", 1), "<t[wo>]");
}

TEST_F(Files, LongLinesAreReadWhole) {
  const std::string text(3'000'000, 'x');
  write("own.jsonl", "{\"text\": \"first\"}\n{\"text\": \"" + text + "\"}\n{\"text\": \"last\"}\n");
  EXPECT_EQ(row("train", "", 1).tokens.size(), text.size());
  EXPECT_EQ(shown("train", "", 2), "<l[ast>]");
}

TEST_F(Files, AllMistakesAreToldAtOnceInTheOrderOfTheLines) {
  EXPECT_EQ(
      mistakes("own.jsonl",
               R"({"set": "a", "prompt": "p", "chosen": "good", "rejected": "bad"}
{"set": "a", "prompt": "", "chosen": "x", "rejected": "y"}
{"set": "a", "prompt": "p", "chosen": "", "rejected": " "}
{"set": "a", "prompt": "p", "chosen": "x"}
{"set": "a", "prompt": "p"}
{"set": "a", "prompt": "p", "chosen": "same", "rejected": "same"}
{"set": "a", "prompt": "p", "text": "one"}
{"set": "a", "chosen": "x", "rejected": "y"}
{"prompt": "p", "chosen": "x", "rejected": "y"}
{"set": "a", "prompt": "p", "chosen": "x", "rejected": "y", "text": "z"}
{"set": "a", "prompt": "p", "chosen": 7, "rejected": {"a": 1}}
{"set": "a", "prompt": "p", "chosen": "x", "chosen": "z", "rejected": "y"}
{"set": "a", "prompt": "p", "chosen": "good", "rejected": "bad"}
{"set": "b", "text": "q", "role": "controll"}
{"set": "c", "text": "q", "role": "control"}
{"set": "c", "text": "r", "role": "ordinary"}
)"),
      "own.jsonl:2: error: 'prompt' is empty\n"
      "    hint: leave it out in the whole set\n"
      "own.jsonl:3: error: 'chosen' is empty\n"
      "    hint: leave the line out, or give it a text\n"
      "own.jsonl:3: error: 'rejected' is blank\n"
      "    hint: leave the line out, or give it a text\n"
      "own.jsonl:4: error: has 'chosen' and no 'rejected'\n"
      "    hint: a pair has both; one answer alone is a 'text'\n"
      "own.jsonl:5: error: has no answer: neither 'chosen' and 'rejected' nor 'text'\n"
      "    hint: say what they are called, such as columns: {text: completion}; its columns: "
      "set, prompt\n"
      "own.jsonl:6: error: both answers are the same text\n"
      "    hint: leave the pair out\n"
      "own.jsonl:7: error: is a text, and the set 'a' begins in line 1 with a pair\n"
      "    hint: give texts and pairs sets of their own\n"
      "own.jsonl:8: error: has no prompt, and the set 'a' begins in line 1 with one\n"
      "    hint: give lines with and without a prompt sets of their own\n"
      "own.jsonl:9: error: has no 'set', as lines before it have\n"
      "    hint: name the set of every line, or of none\n"
      "own.jsonl:10: error: has a pair and 'text' as well\n"
      "    hint: say which it is: columns: {text: ''} reads pairs\n"
      "own.jsonl:11: error: 'chosen' is a number\n"
      "    hint: write text, in quotes\n"
      "own.jsonl:11: error: 'rejected' is a mapping\n"
      "    hint: write text, in quotes\n"
      "own.jsonl:12: error: 'chosen' is there twice\n"
      "    hint: leave one of them out\n"
      "own.jsonl:13: error: is the same row as line 1 of its set\n"
      "    hint: leave one out, or say duplicates: keep\n"
      "own.jsonl:14: error: 'role' is 'controll', which is no role\n"
      "    hint: did you mean 'control'?; columns: {role: ''} leaves the column alone\n"
      "own.jsonl:16: error: gives the set 'c' the role ordinary, and line 15 the role control\n"
      "    hint: a set has one role\n");
}

TEST_F(Files, WhatOtherToolsWriteIsToldApart) {
  EXPECT_EQ(mistakes("own.jsonl", R"({"set": "", "text": "a"})"),
            "own.jsonl:1: error: 'set' is empty\n"
            "    hint: name the set of every line, or of none\n");
  EXPECT_THAT(mistakes("own.jsonl", R"({"text": "a", "more": 1e999999})"),
              HasSubstr("own.jsonl:1:30: error: is no JSON: number overflow parsing '1e999999'\n"));
  EXPECT_THAT(mistakes("own.csv", "set;text\na;b\n"),
              HasSubstr("own.csv:1: error: names one column, 'set;text': its fields are not parted "
                        "by commas\n    hint: write commas between fields"));
  EXPECT_THAT(mistakes("own.csv", "set,text\n\na,b\n"),
              HasSubstr("own.csv:2: error: is an empty line\n    hint: leave it out\n"));
}

TEST_F(Files, OfManyMistakesTheFirstAreToldAndTheOthersCounted) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "{\"text\": \"\"}\n";
  const std::string told = mistakes("own.jsonl", lines);
  EXPECT_THAT(told, HasSubstr("own.jsonl:40: error: 'text' is empty"));
  EXPECT_THAT(told, HasSubstr("own.jsonl:40: error: 60 more mistakes stand in this file\n"));
  EXPECT_THAT(told, ::testing::Not(HasSubstr("own.jsonl:41")));
}

TEST_F(Files, EqualRowsMayBeKept) {
  write("own.jsonl", "{\"text\": \"one\"}\n{\"text\": \"one\"}\n");
  EXPECT_THAT(mistakes(), HasSubstr("own.jsonl:2: error: is the same row as line 1 of its set"));
  options_.duplicates = TextPairs::Duplicates::keep;
  EXPECT_EQ(facts().sets[0].size, 2);
}

TEST_F(Files, EqualRowsOfTwoSetsAreNoDuplicates) {
  write("own.jsonl", "{\"set\": \"a\", \"text\": \"one\"}\n{\"set\": \"b\", \"text\": \"one\"}\n");
  EXPECT_THAT(mistakes(), IsEmpty());
}

TEST_F(Files, ASecretHasOneRoleHoweverManySetsHoldIt) {
  write_two_sets(
      "{\"set\": \"train\", \"prompt\": \"z\", \"chosen\": \"e\", \"rejected\": \"d\"}\n");
  EXPECT_THAT(mistakes(), IsEmpty());
  options_.roles = {{"secrets.rejected", {Role::Kind::never_positive, {}}}};
  EXPECT_EQ(mistakes(),
            "own.jsonl:3: error: the secret of 'train.chosen' (ordinary) is also that of "
            "'secrets.rejected' (never_positive) in line 2\n"
            "    hint: take it out of one of the two, or give both the same role\n");
  options_.roles = {{"secrets", {Role::Kind::control, {}}}};
  EXPECT_EQ(mistakes(),
            "own.jsonl:3: error: the secret of 'train.chosen' (ordinary) is also that of "
            "'secrets.rejected' (control) in line 2\n"
            "    hint: take it out of one of the two, or give both the same role\n"
            "own.jsonl:3: error: the secret of 'train.rejected' (ordinary) is also that of "
            "'secrets.chosen' (control) in line 2\n"
            "    hint: take it out of one of the two, or give both the same role\n");
}

TEST_F(Files, AConflictOfTextThatIsProtectedWithItsSetSaysHowToProtectTheOtherColumn) {
  write_two_sets(
      "{\"set\": \"train\", \"prompt\": \"z\", \"chosen\": \"d\", \"rejected\": \"f\"}\n");
  options_.roles = {{"secrets", {Role::Kind::never_positive, {}}}};
  EXPECT_EQ(mistakes(),
            "own.jsonl:3: error: the secret of 'train.chosen' (ordinary) is also that of "
            "'secrets.chosen' (never_positive) in line 2\n"
            "    hint: if only 'secrets.rejected' is to be protected, give secrets.rejected the "
            "role in place of secrets; or take it out of one of the two, or give both the same "
            "role\n");
}

TEST_F(Files, ARoleThatHoldsInPartIsForTheStreamsToJudge) {
  write_two_sets(
      "{\"set\": \"train\", \"prompt\": \"z\", \"chosen\": \"e\", \"rejected\": \"f\"}\n");
  options_.prefixes = {{"good", "!"}};
  options_.roles = {{"secrets.rejected", {Role::Kind::never_positive, {"good"}}}};
  EXPECT_THAT(mistakes(), IsEmpty());
}

TEST_F(Files, MarksStandOnceAndAroundSomething) {
  options_.marks = {"[[", "]]"};
  EXPECT_EQ(mistakes("own.jsonl", R"({"text": "a [[b"}
{"text": "a b]]"}
{"text": "a [[]] b"}
{"text": "[[a]] and [[b]]"})"),
            "own.jsonl:1: error: 'text' opens a mark that it does not close\n"
            "    hint: a secret stands once between '[[' and ']]'\n"
            "own.jsonl:2: error: 'text' closes a mark that it does not open\n"
            "    hint: a secret stands once between '[[' and ']]'\n"
            "own.jsonl:3: error: 'text' marks a secret that is empty\n"
            "    hint: a secret stands once between '[[' and ']]'\n"
            "own.jsonl:4: error: 'text' marks more than one secret\n"
            "    hint: a secret stands once between '[[' and ']]'\n");
}

TEST_F(Files, ColumnsThatAreNotThereAreMistakes) {
  options_.columns.set = "split";
  EXPECT_EQ(
      mistakes("own.jsonl", "{\"question\": \"a\", \"chosen\": \"bb\", \"rejected\": \"cc\"}"),
      "own.jsonl: error: has no column 'split', which columns.set names\n"
      "    hint: its columns: question, chosen, rejected\n"
      "own.jsonl: error: has no column 'prompt'\n"
      "    hint: name it, or say that pairs have none: columns: {prompt: ''}; its columns: "
      "question, chosen, rejected\n");
  options_.columns.set = "";
  options_.columns.prompt = "";
  EXPECT_THAT(mistakes(), IsEmpty());
  EXPECT_EQ(shown("train", "chosen", 0), "<b[b>]");
}

TEST_F(Files, ConversationsAreRefusedWithASentence) {
  const std::string hint =
      "    hint: write the text as the model is to see it, such as apply_chat_template(..., "
      "tokenize=False) of its tokenizer gives\n";
  EXPECT_EQ(mistakes("own.jsonl",
                     R"({"messages": [{"role": "user", "content": "a"}]}
{"prompt": [{"role": "user", "content": "a"}], "chosen": "b", "rejected": "c"})"),
            "own.jsonl:1: error: 'messages' is a list, as conversations are, and leakprobe applies "
            "no chat template\n" +
                hint +
                "own.jsonl:2: error: 'prompt' is a list, as conversations are, and leakprobe "
                "applies no chat template\n" +
                hint);
}

TEST_F(Files, WhatIsNoJsonIsToldWithItsPlace) {
  EXPECT_EQ(mistakes("own.jsonl",
                     "{\"text\": \"one\"}\n{\"text\": one}\n{\"text\":\n[1]\n\"x\"\n"
                     "{\"text\": \"a\tb\"}\n{\"text\": \"\xE9\"}\n{\"text\": NaN}"),
            "own.jsonl:2:10: error: is no JSON: invalid literal\n"
            "    hint: write one JSON object a line\n"
            "own.jsonl:3:9: error: is no JSON: unexpected end of input\n"
            "    hint: one line is one object: 'jq -c .' writes it so\n"
            "own.jsonl:4:1: error: is a list, not an object\n"
            "    hint: write one object a line: 'jq -c .[]' makes lines of a list\n"
            "own.jsonl:5:1: error: is text, not an object\n"
            "    hint: write one JSON object a line\n"
            "own.jsonl:6:12: error: is no JSON: invalid string: control character U+0009 (HT) must "
            "be escaped to \\u0009 or \\t\n"
            "    hint: write one JSON object a line\n"
            "own.jsonl:7:11: error: is not UTF-8\n"
            "    hint: convert the file from what it is: iconv -f WINDOWS-1252 -t UTF-8 "
            "'own.jsonl'\n"
            "own.jsonl:8:10: error: is no JSON: invalid literal\n"
            "    hint: write one JSON object a line\n");
}

TEST_F(Files, WhatIsNoCsvIsToldWithItsPlace) {
  EXPECT_EQ(mistakes("own.csv", "text,set\n\"one\ntwo\",a\nthree\nfo\"ur,a\nfive,a\n"),
            "own.csv:4: error: has 1 field where the header names 2\n"
            "    hint: a field that holds a comma or a line end stands in quotes\n"
            "own.csv:5:3: error: a quote stands in a field that does not begin with one\n"
            "    hint: put the whole field in quotes, and write each quote in it twice\n");
  EXPECT_EQ(mistakes("own.csv", "text\n\"one\n\"two\"\n"),
            "own.csv:3:2: error: something stands behind the quote that ends a field\n"
            "    hint: write each quote in a field twice\n");
  EXPECT_EQ(mistakes("own.csv", "text\none\n\"two\nthree\n"),
            "own.csv:3:1: error: a quote is opened and not closed\n"
            "    hint: write each quote in a field twice\n");
  EXPECT_EQ(mistakes("own.csv", "text,text\na,b\n"),
            "own.csv:1: error: names the column 'text' twice\n"
            "    hint: give each column its own name\n");
  EXPECT_EQ(mistakes("own.csv", "text;set\na;b\n"),
            "own.csv:1: error: names one column, 'text;set': its fields are not parted by commas\n"
            "    hint: write commas between fields, such as Python's csv.writer does\n");
  EXPECT_EQ(mistakes("own.csv", "answer\na\n"),
            "own.csv:2: error: has no answer: neither 'chosen' and 'rejected' nor 'text'\n"
            "    hint: say what they are called, such as columns: {text: completion}; its columns: "
            "answer\n");
}

TEST_F(Files, AHeaderOfManyColumnsIsReadInNoTime) {
  std::string header = "text", line = "one";
  for (int i = 0; i < 100'000; ++i) {
    header += ",c" + std::to_string(i);
    line += ",";
  }
  write("own.csv", header + "\n" + line + "\n");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(facts().sets.size(), 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4)) << "it took 11";
}

TEST_F(Files, NoSetIsCalledLikeAColumnOfAnother) {
  EXPECT_EQ(mistakes("own.jsonl",
                     R"({"set": "a", "prompt": "p", "chosen": "x", "rejected": "y"}
{"set": "a.rejected", "text": "z"}
{"set": "a.other", "text": "z"}
)"),
            "own.jsonl:2: error: the set 'a.rejected' is called like a column of the pairs 'a', "
            "which begin in line 1\n"
            "    hint: call one of them otherwise\n");
}

TEST_F(Files, OtherKindsOfFilesAreRefusedWithWhatMakesLinesOfThem) {
  const auto hint = [&](const std::string& name, const std::string& beginning) {
    const std::string told = mistakes(name, beginning + std::string(100, '\0'));
    EXPECT_THAT(told, StartsWith(name + ": error: is "));
    return told;
  };
  EXPECT_THAT(hint("own.parquet", "PAR1"),
              HasSubstr("is a Parquet file, not lines of text\n    hint: convert it: python3 -c "
                        "\"import pandas; pandas.read_parquet('own.parquet').to_json('"));
  EXPECT_THAT(hint("own.jsonl.gz", "\x1F\x8B"), HasSubstr("gunzip --keep 'own.jsonl.gz'"));
  EXPECT_THAT(hint("own.csv", "\xFF\xFE"), HasSubstr("iconv -f UTF-16 -t UTF-8 'own.csv'"));
  EXPECT_THAT(hint("own.jsonl", "version https://git-lfs.github.com/spec/v1"),
              HasSubstr("git lfs pull"));
  EXPECT_THAT(mistakes("own.txt", "one\n"), HasSubstr("is called neither .jsonl nor .csv"));
  options_.path = folder_;
  EXPECT_THAT(mistakes(), HasSubstr("is no file on disk"));
  options_.path = folder_ / "absent.jsonl";
  EXPECT_THAT(
      mistakes(),
      HasSubstr("absent.jsonl: cannot be opened: No such file or directory; check the path"));
}

TEST_F(Files, AnEmptyFileIsAMistake) {
  EXPECT_EQ(mistakes("own.jsonl", ""), "own.jsonl: error: holds no rows\n");
  EXPECT_EQ(mistakes("own.csv", "text\n"), "own.csv: error: holds no rows\n");
  EXPECT_EQ(mistakes("own.csv", ""),
            "own.csv: error: is empty\n    hint: begin it with a line that names its columns\n");
}

TEST_F(Files, AColumnOfTextIsNotTakenForSets) {
  std::string lines;
  for (int i = 0; i < 1001; ++i) {
    lines += "{\"text\": \"a\", \"set\": \"" + std::to_string(i) + "\"}\n";
  }
  EXPECT_THAT(mistakes("own.jsonl", lines), HasSubstr("'set' names more than 1000 sets"));
}

}  // namespace
}  // namespace leakprobe::text_pairs
