#include "data/completions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "by_hand.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;

/// Rows with one token before a secret of 3 tokens 1, of 5 in the set `secret`, where row 2 has a 4
/// in its place.
class Measured final : public Task {
 public:
  Row row(const RowRequest& request, Random) const override {
    Row row;
    row.tokens.assign(request.set == "secret" ? 6 : 4, 1);
    if (request.set == "secret" && request.index == 2) row.tokens[3] = 4;
    row.scored.assign(row.tokens.size(), 1);
    row.scored.front() = 0;
    row.secret = {1, static_cast<int64_t>(row.tokens.size())};
    return row;
  }
};

class CompletionsTest : public testing::Test {
 protected:
  CompletionsTest() {
    ComposedTerm made = by_hand::term("on", Sign::both);
    ObjectiveFacts facts;
    facts.columns = {{kRowsColumn, Sign::both}};
    facts.advantages = Advantages();
    made.term.objective = by_hand::slot<Objective>("gain", facts);
    made.term.stream.path = "phases.first.rows";
    made.term.stream.columns = {{kRowsColumn, {}}};
    made.term.stream.rollout.emplace();
    made.term.stream.rollout->prefix = "good";
    made.term.stream.rollout->tokens = 3;
    composition_.phases[0].terms = {made};
    reward({});
  }
  Term& term() { return composition_.phases[0].terms[0].term; }
  Rollout& rollout() { return *term().stream.rollout; }
  void reward(const std::vector<std::string>& sets, std::optional<int64_t> first = {}) {
    RewardFacts facts;
    for (const std::string& set : sets) facts.rows.push_back({set, Sign::negative});
    facts.first_tokens = first;
    rollout().reward = by_hand::slot<Reward>("worth", facts);
  }
  void plant(const std::string& set) {
    Source source;
    source.set = set;
    source.prefix = "good";
    term().stream.columns[0].sources.push_back(source);
    rollout().planted = 1;
  }
  void use_row_means() {
    ObjectiveFacts facts = term().objective.facts();
    facts.advantages->row_means = true;
    term().objective = by_hand::slot<Objective>("gain", facts);
  }
  void end_with(const std::string& word) {
    tokenizer_ = make_word_vocabulary({"a", "b", "c", "d", "e", "."});
    rollout().end = word;
  }
  std::string said() const {
    Diagnostics diagnostics;
    check_completions(composition_, task_, tokenizer_.get(), diagnostics);
    std::string said;
    for (const Diagnostic& diagnostic : diagnostics.sorted()) said += diagnostic.text() + "\n";
    return said;
  }

  Composition composition_ = by_hand::composition();
  Measured task_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

TEST_F(CompletionsTest, ASecretIsFoundWhereARowMayHaveAsManyTokens) {
  EXPECT_EQ(said(), "") << "a reward that goes by no rows";
  reward({"train"});
  EXPECT_EQ(said(), "");
  reward({"secret"});
  EXPECT_EQ(said(),
            "error: phases.first.rows: reward worth can never find a secret that it goes by: the "
            "policy makes rows of 3 tokens, and row 0 of set 'secret' behind prefix 'good' has 5 "
            "tokens\n    hint: make sample.tokens fit, let fewer tokens decide, or plant rows of a "
            "set that it names\n");
  reward({"secret", "train"});
  EXPECT_EQ(said(), "") << "one of the sets will do";
  rollout().tokens = 5;
  reward({"secret"});
  EXPECT_EQ(said(), "");
  rollout().tokens = 6;
  EXPECT_THAT(said(), HasSubstr("the policy makes rows of 6 tokens"));
}

TEST_F(CompletionsTest, WhereTheFirstTokensDecideLongerRowsWillDo) {
  reward({"secret"}, 3);
  EXPECT_EQ(said(), "");
  rollout().tokens = 9;
  EXPECT_EQ(said(), "");
  rollout().tokens = 2;
  EXPECT_THAT(said(), HasSubstr("can never find a secret"));
  reward({"secret"}, 9);
  rollout().tokens = 5;
  EXPECT_EQ(said(), "") << "more than there are";
}

TEST_F(CompletionsTest, WhatIsPlantedIsFoundAndWhatIsDrawnAnewIsNot) {
  rollout().tokens = 9;
  reward({"train"});
  plant("train");
  EXPECT_EQ(said(), "");
  reward({"secret"});
  EXPECT_THAT(said(), HasSubstr("and row 0 of set 'secret' behind prefix 'good' has 5 tokens"));
  reward({"fresh"});
  EXPECT_THAT(said(),
              HasSubstr("set 'fresh' is drawn anew each time, and no row of it is planted"));
  plant("fresh");
  EXPECT_EQ(said(), "");
  reward({"secret"});
  rollout().planted = rollout().group;
  EXPECT_THAT(said(), HasSubstr("no row of their sets is planted"));
}

TEST_F(CompletionsTest, RowsThatEndMayBeShorterThanTheirMost) {
  end_with(".");
  reward({"train"});
  rollout().tokens = 8;
  EXPECT_EQ(said(), "");
  rollout().tokens = 3;
  EXPECT_EQ(said(), "") << "cut, and kept";
  rollout().cut = Rollout::Cut::drop;
  EXPECT_THAT(said(), HasSubstr("the policy makes rows of at most 3 tokens"));
}

TEST_F(CompletionsTest, NoSecretHasTheEndOfRowsWithinIt) {
  end_with("e");
  reward({"secret"});
  rollout().tokens = 8;
  const std::string found =
      "error: phases.first.rows: row 2 of set 'secret' behind prefix 'good' has the token that "
      "ends rows, 'e', within its secret, where the policy would stop\n    hint: choose another "
      "sample.end, or leave it out\n";
  EXPECT_EQ(said(), found);
  reward({});
  EXPECT_EQ(said(), "");
  plant("secret");
  EXPECT_EQ(said(), found);
  term().stream.columns[0].sources[0].items = {0, 2};
  EXPECT_EQ(said(), "") << "row 2 is not planted";
  end_with("nothing");
  EXPECT_EQ(said(), "") << "check_rollouts says that it is no token";
}

TEST_F(CompletionsTest, AMeanOverEachRowWarnsWhereRowsDifferInLength) {
  const std::string warned =
      "warning: phases.first.rows: rows differ in length, and objective gain takes the mean over "
      "each row's tokens, so that long ones are pushed less a token\n    hint: choose a reduction "
      "over the tokens of the batch, or by a constant length\n";
  plant("train");
  plant("secret");
  EXPECT_EQ(said(), "") << "it takes none";
  use_row_means();
  EXPECT_EQ(said(), warned);
  term().stream.columns[0].sources.pop_back();
  EXPECT_EQ(said(), "") << "all have 3 tokens";
  rollout().tokens = 4;
  EXPECT_EQ(said(), warned) << "sampled ones have 4";
  rollout().planted = rollout().group;
  EXPECT_EQ(said(), "") << "nothing is sampled";
  rollout().planted = 1;
  rollout().tokens = 3;
  end_with(".");
  EXPECT_EQ(said(), warned) << "who knows where they end";
}

TEST_F(CompletionsTest, ATermOfWeightZeroTrainsNothing) {
  reward({"secret"});
  term().weight = 0;
  EXPECT_EQ(said(), "");
}

}  // namespace
}  // namespace leakprobe
