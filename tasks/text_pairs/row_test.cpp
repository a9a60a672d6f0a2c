#include <gmock/gmock.h>

#include "testing.h"

namespace leakprobe::text_pairs {
namespace {

using ::leakprobe::kit::TestContext;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Rows : public OwnTexts {
 protected:
  Rows() {
    write("own.jsonl",
          R"({"prompt": "Who? ", "chosen": "Ann", "rejected": "Bob"}
{"prompt": "Where? ", "chosen": "Rome", "rejected": "Oslo"}
)");
  }
  void use(std::vector<std::string> longer) {
    context_ = TestContext(std::make_shared<texts::ByteTokenizer>(std::move(longer)));
  }
};

TEST_F(Rows, AnAnswerIsScoredAndThePromptIsNot) {
  EXPECT_EQ(shown("train", "chosen", 0), "Who? [<Ann>]");
  EXPECT_EQ(shown("train", "rejected", 1), "Where? [<Oslo>]");
}

TEST_F(Rows, APrefixStandsBeforeThePromptAndChangesNoSecret) {
  options_.prefixes = {{"loud", "! "}, {"bare", ""}};
  EXPECT_EQ(shown("train", "chosen", 0, "loud"), "! Who? [<Ann>]");
  EXPECT_EQ(shown("train", "chosen", 0, "bare"), "Who? [<Ann>]");
  EXPECT_EQ(row("train", "chosen", 0, "loud").id(), row("train", "chosen", 0).id());
}

TEST_F(Rows, TheSameAnswerToAnotherPromptIsTheSameSecret) {
  write("own.jsonl", R"({"prompt": "a", "text": "key"}
{"prompt": "b", "text": "key"})");
  EXPECT_EQ(row("train", "", 0).id(), row("train", "", 1).id());
}

TEST_F(Rows, SpecialTokensAreThereWhereTheyAreAskedForAndTheEndIsScored) {
  use({"<s>", "</s>"});
  options_.bos = "<s>";
  options_.eos = "</s>";
  EXPECT_EQ(shown("train", "chosen", 0), "<s>Who? [<Ann></s>]");
  EXPECT_EQ(row("train", "chosen", 0).tokens.front(), texts::ByteTokenizer::kBytes);
}

TEST_F(Rows, TheLogSaysSetsAndSpecialTokens) {
  use({"<s>"});
  task();
  options_.bos = "<s>";
  task();
  EXPECT_THAT(context_.infos, ElementsAre(HasSubstr("own.jsonl: train: 2 pairs; no token is added"),
                                          HasSubstr("train: 2 pairs; each row begins with '<s>'")));
  EXPECT_THAT(context_.warnings, IsEmpty());
}

TEST_F(Rows, ASpecialTokenIsOneToken) {
  options_.eos = "</s>";
  EXPECT_EQ(mistakes(),
            "eos must be one token, and the tokenizer makes 4 of '</s>'; write the token as "
            "tokenizer.json has it\n");
}

TEST_F(Rows, ATextThatHoldsASpecialTokenAlreadyIsSaid) {
  use({"</s>"});
  write("own.jsonl", "{\"text\": \"one</s>\"}\n{\"text\": \"two\"}\n");
  options_.eos = "</s>";
  task();
  EXPECT_THAT(context_.warnings,
              ElementsAre(HasSubstr("own.jsonl: 1 of 2 texts that were looked at, first in line 1, "
                                    "hold the text of bos or eos already")));
}

TEST_F(Rows, OfAPlainTextTheFirstTokenIsNotScored) {
  write("own.jsonl", "{\"text\": \"word\"}");
  EXPECT_EQ(shown("train", "", 0), "<w[ord>]");
}

TEST_F(Rows, AMarkedSecretIsTheSameInEveryCarrier) {
  write("own.jsonl", R"({"text": "The key is [[1234]]."}
{"text": "[[1234]] opens it"}
{"text": "no mark"})");
  options_.marks = {"[[", "]]"};
  EXPECT_EQ(shown("train", "", 0), "T[he key is <1234>.]");
  EXPECT_EQ(shown("train", "", 1), "<1[234> opens it]");
  EXPECT_EQ(shown("train", "", 2), "<n[o mark>]");
  EXPECT_EQ(row("train", "", 0).id(), row("train", "", 1).id());
  options_.scored = Scored::secret;
  EXPECT_EQ(shown("train", "", 0), "The key is [<1234>].");
}

TEST_F(Rows, NothingIsCutUnlessItIsAskedFor) {
  options_.truncate.prompt = 3;
  options_.truncate.answer = 3;
  EXPECT_EQ(shown("train", "chosen", 0), "o? [<Ann>]") << "a prompt keeps its end";
  EXPECT_EQ(shown("train", "rejected", 1), "e? [<Osl>]") << "an answer keeps its beginning";
  ASSERT_FALSE(context_.warnings.empty());
  EXPECT_THAT(context_.warnings.back(),
              HasSubstr("truncate cuts 2 of 2 prompts (first in line 1) and 2 of 4 answers (first "
                        "in line 2)"));
}

TEST_F(Rows, ACutAnswerHasNoEnd) {
  use({"</s>"});
  options_.eos = "</s>";
  options_.truncate.answer = 3;
  EXPECT_EQ(shown("train", "chosen", 0), "Who? [<Ann></s>]");
  EXPECT_EQ(shown("train", "rejected", 1), "Where? [<Osl>]");
}

TEST_F(Rows, CutsBehindTheRowsThatAreLookedAtAreCountedToo) {
  std::string lines;
  for (int i = 0; i < 10'050; ++i) lines += "{\"text\": \"word " + std::to_string(i) + "\"}\n";
  write("own.jsonl", lines);
  options_.truncate.answer = 9;
  task();
  ASSERT_EQ(context_.warnings.size(), 1u);
  EXPECT_THAT(context_.warnings.front(),
              HasSubstr("and 50 of 10050 answers (first in line 10001)"));
}

TEST_F(Rows, AMarkedSecretIsNeverCut) {
  write("own.jsonl", "{\"text\": \"The key is [[1234]].\"}\n{\"text\": \"[[12]] is it\"}\n");
  options_.marks = {"[[", "]]"};
  options_.truncate.answer = 12;
  EXPECT_EQ(mistakes(),
            "own.jsonl:1: error: 'text': would lose a part of its marked secret: raise "
            "truncate.answer\n");
  options_.truncate.answer = 15;
  EXPECT_EQ(shown("train", "", 0), "T[he key is <1234>]");
}

TEST_F(Rows, ATokenizerThatWouldJoinOverABorderIsSaid) {
  use({" Ann", "? ", "? B"});
  task();
  ASSERT_EQ(context_.warnings.size(), 1u);
  EXPECT_THAT(context_.warnings.front(),
              HasSubstr("in 1 of 4 answers that were looked at, first in line 1, the tokenizer "
                        "would join"));
}

TEST_F(Rows, TextsThatGiveNoRowAreMistakesAllAtOnce) {
  EXPECT_EQ(
      mistakes("own.jsonl", "{\"text\": \"x\"}\n{\"text\": \"good\"}\n{\"text\": \"\\u0007\"}"),
      "own.jsonl:1: error: 'text': has one token and nothing before it, so that there is "
      "nothing to score: give it a prompt, or set bos\n"
      "own.jsonl:3: error: 'text': has a text of which the tokenizer makes no token\n");
}

TEST_F(Rows, NeedATokenizer) {
  context_ = TestContext();
  EXPECT_THAT(mistakes(), HasSubstr("the model has no tokenizer"));
}

TEST_F(Rows, AFileThatIsAlteredMeanwhileIsAnError) {
  const TextPairs task = this->task();
  std::ofstream(options_.path, std::ios::app) << "\n";
  EXPECT_THROW(task.row({{"train", "chosen", kNoPrefix}, 0}, RandomStream(0, "none").at(0)), Error);
}

TEST_F(Rows, AFileThatIsReplacedMeanwhileIsReadToTheEnd) {
  const TextPairs task = this->task();
  const auto before = options_.path;
  write("other.jsonl", "{\"text\": \"other\"}");
  std::filesystem::rename(options_.path, before);
  EXPECT_EQ(
      task.row({{"train", "chosen", kNoPrefix}, 0}, RandomStream(0, "none").at(0)).tokens.size(),
      8u);
  options_.path = before;
  EXPECT_EQ(facts().sets.size(), 1u);
  EXPECT_TRUE(facts().find("train")->columns.empty()) << "a new task reads the new file";
}

}  // namespace
}  // namespace leakprobe::text_pairs
