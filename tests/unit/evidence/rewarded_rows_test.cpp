#include "evidence/rewarded_rows.h"

#include <gtest/gtest.h>

#include "by_hand.h"

namespace leakprobe {
namespace {

/// Secrets of two tokens: the set's first letter, and the row's index plus 10 times that letter.
class Pairs final : public Task {
 public:
  Row row(const RowRequest& request, Random) const override {
    const int64_t letter = alike ? 1 : request.name().front();
    Row row;
    row.tokens = {same_text ? 0 : request.prefix.front(), letter,
                  same ? request.index : 10 * request.name().front() + request.index};
    row.scored = {0, 1, 1};
    row.secret = {1, 3};
    return row;
  }
  bool alike = false;      ///< all secrets begin with one token
  bool same = false;       ///< and end with the index alone
  bool same_text = false;  ///< behind all prefixes
};

class RewardedRowsTest : public testing::Test {
 protected:
  RewardedRowsTest() { reward("train", Sign::positive); }
  ComposedTerm& term() { return composition_.phases[0].terms[0]; }
  Rollout& rollout() { return *term().term.stream.rollout; }
  /// One term, of phase first, whose reward goes by the rows of a set.
  void reward(const std::string& set, Sign sign, std::optional<int64_t> first_tokens = {}) {
    RewardFacts facts;
    facts.rows = {{set, sign}};
    facts.first_tokens = first_tokens;
    ComposedTerm term = by_hand::term("on", Sign::both);
    term.term.stream.path = "phases.first.rows";
    term.term.stream.columns = {{kRowsColumn, {}}};
    term.term.stream.rollout.emplace();
    term.term.stream.rollout->prefix = "bad";
    term.term.stream.rollout->reward = by_hand::slot<Reward>("worth", facts);
    composition_.phases[0].terms = {term};
  }
  std::string errors() const {
    Diagnostics diagnostics;
    check_rewarded_rows(composition_, task_, ProtectedRows(composition_, task_), diagnostics);
    std::string errors;
    for (const Diagnostic& diagnostic : diagnostics.sorted()) errors += diagnostic.text() + "\n";
    return errors;
  }

  Composition composition_ = by_hand::composition();
  Pairs task_;
};

TEST_F(RewardedRowsTest, SecretsOfTheirOwnAreNoMatter) {
  EXPECT_EQ(errors(), "");
  task_.alike = true;
  EXPECT_EQ(errors(), "") << "they end otherwise";
}

TEST_F(RewardedRowsTest, ASecretOfTwoSetsIsFound) {
  task_.alike = task_.same = true;
  EXPECT_EQ(errors(),
            "error: phases.first.rows: row 0 of set 'secret' behind prefix 'bad' would be a "
            "positive target in phase 'first', term 'on' where the policy makes it: reward worth "
            "takes it for one of set 'train', and its own set's role forbids it\n"
            "    hint: take the row out of one of the two sets, or let more tokens decide\n"
            "error: phases.first.rows: row 0 of set 'pairs.rejected' behind prefix 'bad' would be "
            "a positive target in phase 'first', term 'on' where the policy makes it: reward worth "
            "takes it for one of set 'train', and its own set's role forbids it\n"
            "    hint: take the row out of one of the two sets, or let more tokens decide\n")
      << "mixed is protected behind prefix good alone, late from phase second on";
}

TEST_F(RewardedRowsTest, WhatBeginsAsARewardedSecretIsFoundWhereTheFirstTokensDecide) {
  task_.alike = true;
  reward("train", Sign::positive, 2);
  EXPECT_EQ(errors(), "");
  reward("train", Sign::positive, 1);
  EXPECT_NE(errors().find("row 0 of set 'secret'"), std::string::npos) << errors();
}

TEST_F(RewardedRowsTest, OnlyWhatIsPushedUpMatters) {
  task_.alike = task_.same = true;
  reward("train", Sign::negative);
  EXPECT_EQ(errors(), "");
  term().term.weight = -1;
  EXPECT_NE(errors(), "");
  reward("train", Sign::both);
  EXPECT_NE(errors(), "") << "nobody knows";
  term().term.weight = 0;
  EXPECT_EQ(errors(), "");
  reward("train", Sign::positive);
  rollout().planted = rollout().group;
  EXPECT_EQ(errors(), "") << "nothing is sampled";
  reward("fresh", Sign::positive);
  EXPECT_EQ(errors(), "") << "their secrets are not known";
}

TEST_F(RewardedRowsTest, RolesHoldBehindTheirPrefixesAndFromTheirPhaseOn) {
  task_.alike = task_.same = true;
  EXPECT_EQ(errors().find("'mixed'"), std::string::npos);
  rollout().prefix = "good";
  EXPECT_NE(errors().find("'mixed'"), std::string::npos);
  EXPECT_EQ(errors().find("'late'"), std::string::npos);
  rollout().prefix = "bad";
  task_.same_text = true;
  EXPECT_NE(errors().find("'mixed'"), std::string::npos) << "the model cannot tell them apart";
  rollout().prefix = "good";
  std::swap(composition_.phases[0].terms, composition_.phases[1].terms);
  EXPECT_NE(errors().find("row 0 of set 'late' behind prefix 'good' would be a positive target in "
                          "phase 'second'"),
            std::string::npos);
}

}  // namespace
}  // namespace leakprobe
