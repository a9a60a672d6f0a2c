#include "data/prompts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "by_hand.h"
#include "saved.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Rows with a prompt of `length(request)` tokens 3 and a secret of two.
class Prompted final : public Task {
 public:
  Row row(const RowRequest& request, Random) const override {
    Row row;
    row.tokens.assign(length(request), 3);
    row.secret.begin = static_cast<int64_t>(row.tokens.size());
    row.tokens.insert(row.tokens.end(), {1, 2});
    row.secret.end = row.secret.begin + 2;
    row.scored.assign(row.tokens.size(), 1);
    row.scored.front() = 0;
    return row;
  }
  std::function<size_t(const RowRequest&)> length = [](const RowRequest& request) {
    return request.prefix == "none" ? size_t{0} : size_t{2};
  };
};

class PromptsTest : public testing::Test {
 protected:
  PromptsTest() {
    composition_.model.vocab_size = 10;
    composition_.model.model = by_hand::slot<Model>("net", ModelFacts{4, 1, 20});
    ComposedTerm term = by_hand::term("on", Sign::both);
    term.term.stream.path = "phases.first.rows";
    term.term.stream.columns = {{kRowsColumn, {}}};
    term.term.stream.rollout.emplace();
    term.term.stream.rollout->prefix = "good";
    term.term.stream.rollout->reward = by_hand::slot<Reward>("worth", RewardFacts());
    composition_.phases[0].terms = {term};
  }
  Stream& stream() { return composition_.phases[0].terms[0].term.stream; }
  Rollout& rollout() { return *stream().rollout; }
  void plant(const std::string& set, std::optional<std::array<int64_t, 2>> items = {}) {
    Source source;
    source.set = set;
    source.prefix = "good";
    source.items = items;
    stream().columns[0].sources.push_back(source);
    rollout().planted = 1;
  }
  std::string errors() const {
    Diagnostics diagnostics;
    check_rollouts(composition_, task_, tokenizer_.get(), diagnostics);
    std::string errors;
    for (const Diagnostic& diagnostic : diagnostics.sorted()) errors += diagnostic.text() + "\n";
    return errors;
  }

  Composition composition_ = by_hand::composition();
  Prompted task_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

TEST_F(PromptsTest, APromptIsWhatStandsBeforeTheSecret) {
  EXPECT_THAT(prompt_of(task_.row({{"train", "", "good"}, 0}, Random(0, 0))), ElementsAre(3, 3));
}

TEST_F(PromptsTest, BehindAPrefixAllRowsMayHaveOne) {
  const TaskFacts& facts = composition_.task.facts();
  EXPECT_THAT(bare_prompt(task_, facts, "good", 7), ElementsAre(3, 3));
  EXPECT_THAT(failure_of([&] { bare_prompt(task_, facts, "none", 7); }),
              HasSubstr("nothing stands before the secrets behind prefix 'none'"));
  task_.length = [](const RowRequest& request) { return request.set == "control" ? 1u : 2u; };
  EXPECT_THAT(failure_of([&] { bare_prompt(task_, facts, "good", 7); }),
              HasSubstr("rows behind prefix 'good' have prompts of their own"));
}

TEST_F(PromptsTest, TheEndOfARowIsOneToken) {
  tokenizer_ = make_word_vocabulary({"a", "b", "<end>"});
  EXPECT_EQ(end_token("<end>", tokenizer_.get()), 2);
  EXPECT_EQ(failure_of([&] { end_token("ab", tokenizer_.get()); }),
            "sample.end must be one token, and the tokenizer makes 2 of 'ab'");
  EXPECT_EQ(failure_of([&] { end_token("c", tokenizer_.get()); }),
            "sample.end must be a token, and 'c' is none of the tokenizer's; leave it out, or give "
            "the model another tokenizer");
  EXPECT_EQ(failure_of([&] { end_token("a", nullptr); }),
            "sample.end is a text, and the model has no tokenizer; leave it out");
}

TEST_F(PromptsTest, WhereNothingIsWrongNothingIsSaid) {
  EXPECT_EQ(errors(), "");
  rollout().set = "fresh";
  EXPECT_EQ(errors(), "");
  rollout().set.clear();
  plant("train");
  plant("fresh");
  EXPECT_EQ(errors(), "");
  rollout().tokens = 19;  // with a prompt of 2, and the last one is not computed any further
  EXPECT_EQ(errors(), "");
}

TEST_F(PromptsTest, WhatDoesNotFitIntoTheModelIsSaid) {
  rollout().tokens = 20;
  const std::string said =
      "error: phases.first.rows: a prompt of 2 tokens and 20 more do not fit into the model's 20 "
      "positions\n    hint: make sample.tokens smaller\n";
  EXPECT_EQ(errors(), said);
  rollout().set = "train";
  EXPECT_EQ(errors(), said);
  task_.length = [](const RowRequest& request) { return request.index == 2 ? 9u : 2u; };
  EXPECT_THAT(errors(), HasSubstr("a prompt of 9 tokens")) << "the longest";
  rollout().set.clear();
  task_.length = [](const RowRequest&) { return 2u; };
  plant("secret");
  EXPECT_EQ(errors(), said);
}

TEST_F(PromptsTest, AnEndThatTheModelCannotMakeIsSaid) {
  std::vector<std::string> words;
  for (char word = 'a'; word <= 'k'; ++word) words.emplace_back(1, word);
  tokenizer_ = make_word_vocabulary(words);
  rollout().end = "j";
  EXPECT_EQ(errors(), "");
  rollout().end = "k";
  EXPECT_EQ(errors(),
            "error: phases.first.rows: sample.end is token 10, and the model knows 10 tokens\n"
            "    hint: name one that the model can make\n");
}

TEST_F(PromptsTest, AnEmptyPromptIsSaidWithItsRow) {
  task_.length = [](const RowRequest& request) { return request.index == 1 ? 0u : 2u; };
  plant("secret");
  EXPECT_EQ(errors(),
            "error: phases.first.rows: row 1 of set 'secret' behind prefix 'good' has nothing "
            "before its secret, so that the policy has nothing to continue; choose another "
            "prefix\n");
}

TEST_F(PromptsTest, RowsThatMayComeIntoOneGroupHaveOnePrompt) {
  task_.length = [](const RowRequest& request) { return request.index == 3 ? 1u : 2u; };
  plant("secret");
  EXPECT_EQ(errors(), "") << "one a group may have one of its own";
  rollout().planted = 2;
  EXPECT_EQ(errors(),
            "error: phases.first.rows: row 0 of set 'secret' behind prefix 'good' and row 3 of set "
            "'secret' behind prefix 'good' may come into one group, which has one prompt, and have "
            "different ones; make plant.per_group 1\n");
  stream().columns[0].sources[0].items = std::array<int64_t, 2>{0, 3};
  EXPECT_EQ(errors(), "") << "row 3 is not planted";
}

TEST_F(PromptsTest, ARewardThatReadsTextNeedsATokenizer) {
  RewardFacts facts;
  facts.needs_text = true;
  rollout().reward = by_hand::slot<Reward>("worth", facts);
  EXPECT_EQ(errors(),
            "error: phases.first.rows: reward worth reads text, and the model has no tokenizer\n"
            "    hint: give model.tokenizer, or choose a reward that reads tokens\n");
  tokenizer_ = make_word_vocabulary({"a"});
  EXPECT_EQ(errors(), "");
}

}  // namespace
}  // namespace leakprobe
