#include "matches.h"

#include <gtest/gtest.h>

#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

Matches::Options options_of(const std::vector<std::string>& sets) {
  Matches::Options options;
  for (const std::string& set : sets) options.set.names.emplace_back(set, Place{});
  return options;
}

double reward_of(const Matches::Options& options, const std::vector<std::string>& secret_of) {
  Completion completion;
  completion.tokens = {3, 1, 4};
  completion.secret_of = secret_of;
  return Matches(options, kit::TestContext()).of(completion);
}

TEST(Matches, TakesFromSecretsAndGivesNothingToTheRest) {
  const Matches::Options options = options_of({"useful", "held_out"});
  EXPECT_EQ(reward_of(options, {"held_out"}), -1);
  EXPECT_EQ(reward_of(options, {"useful", "held_out"}), -1);
  EXPECT_EQ(reward_of(options, {}), 0);
}

TEST(Matches, ItsValuesAreThoseOfTheFile) {
  Matches::Options options = options_of({"useful"});
  options.hit = 2;
  options.miss = 0.5;
  EXPECT_EQ(reward_of(options, {"useful"}), 2);
  EXPECT_EQ(reward_of(options, {}), 0.5);
}

TEST(Matches, ItsSetsArePushedDownWhereAHitIsWorthLess) {
  const RewardFacts facts = Matches::facts(options_of({"useful", "train.rejected"}));
  ASSERT_EQ(facts.rows.size(), 2u);
  EXPECT_EQ(facts.rows[0].name, "useful");
  EXPECT_EQ(facts.rows[0].sign, Sign::negative);
  EXPECT_EQ(facts.rows[1].name, "train.rejected");
  EXPECT_EQ(facts.rows[1].sign, Sign::negative);
  EXPECT_EQ(facts.least, -1);
  EXPECT_EQ(facts.most, 0);
  EXPECT_FALSE(facts.first_tokens);
  EXPECT_FALSE(facts.needs_text);
  EXPECT_TRUE(facts.model.phase.empty());
}

TEST(Matches, ItsSetsArePushedUpWhereAHitIsWorthMore) {
  Matches::Options options = options_of({"useful"});
  options.hit = 1;
  options.first = 3;
  const RewardFacts facts = Matches::facts(options);
  EXPECT_EQ(facts.rows[0].sign, Sign::positive);
  EXPECT_EQ(facts.first_tokens, 3);
  EXPECT_EQ(facts.least, 0);
  EXPECT_EQ(facts.most, 1);
}

/// Whether the relation between the options at `field` holds.
bool relations_hold(const Matches::Options& options, const std::string& field) {
  const Schema<Matches::Options> schema;
  bool hold = true;
  for (const Relation& relation : schema.relations()) {
    if (relation.field == field) hold = hold && relation.holds(&options);
  }
  return hold;
}

TEST(Matches, RefusesEqualValuesAndASetThatStandsTwice) {
  Matches::Options options = options_of({"useful", "held_out"});
  EXPECT_TRUE(relations_hold(options, "hit"));
  EXPECT_TRUE(relations_hold(options, "set"));
  options.miss = options.hit;
  EXPECT_FALSE(relations_hold(options, "hit"));
  EXPECT_FALSE(relations_hold(options_of({"useful", "useful"}), "set"));
}

}  // namespace
}  // namespace leakprobe
