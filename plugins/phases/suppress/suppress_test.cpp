#include "suppress.h"

#include <gtest/gtest.h>

#include "../plan_testing.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

Suppress::Options pairs_options() {
  Suppress::Options options;
  options.objective = prefer();
  options.pairs = pairs();
  options.reference = {"calibrate", "", {}};
  return options;
}

Suppress::Options rows_options(Slot<Objective> objective) {
  Suppress::Options options;
  options.objective = std::move(objective);
  options.rows = rows({"useful", "held_out"}, "regular");
  return options;
}

Plan plan(const Suppress::Options& options, const TaskFacts& facts = task()) {
  return Suppress(options).plan({"suppress", facts, {"calibrate", "", {}}});
}

TEST(Suppress, IsOneTermAgainstTheReference) {
  const Plan result = plan(pairs_options());
  ASSERT_EQ(result.terms.size(), 1u);
  EXPECT_EQ(result.terms[0].reference.phase, "calibrate");
  EXPECT_EQ(result.terms[0].stream.columns.size(), 2u);
}

TEST(Suppress, WhatStandsBesideIsTrainedWithItAndBringsNoGateOfItsOwn) {
  Suppress::Options options = pairs_options();
  Term hold;
  hold.objective = up();
  hold.stream = rows({"random"}, "regular");
  hold.weight = 0.2;
  hold.batch = 4;
  options.beside.emplace_back("hold", hold);
  const Plan result = plan(options);
  ASSERT_EQ(result.terms.size(), 2u);
  EXPECT_EQ(result.terms[0].name, "against");
  EXPECT_EQ(result.terms[1].name, "hold");
  EXPECT_EQ(result.terms[1].weight, 0.2);
  EXPECT_EQ(result.terms[1].batch, 4);
  EXPECT_EQ(result.gates.size(), plan(pairs_options()).gates.size());
}

TEST(Suppress, EveryGateSaysWhatToTryAndOfAMetricWhatItIs) {
  Suppress::Options rollouts = rows_options(down());
  rollouts.rows = sampled({{"held_out", Sign::negative}});
  for (const Suppress::Options& options : {pairs_options(), rows_options(down()), rollouts}) {
    for (const Measurement& gate : plan(options).gates) {
      EXPECT_NE(gate.remedy, "") << gate.name;
      EXPECT_EQ(gate.meaning.empty(), gate.term.empty()) << gate.name;
    }
  }
}

TEST(Suppress, RejectedSetsMustEndBelowTheControlEachBehindItsPrefix) {
  const Measurement suppressed = gate(plan(pairs_options()), "suppressed");
  EXPECT_FALSE(suppressed.not_applicable);
  EXPECT_EQ(suppressed.cells, std::vector<Cell>({{"useful", "regular"}, {"held_out", "regular"}}));
  EXPECT_EQ(suppressed.minus.kind, Minus::Kind::control);
  EXPECT_TRUE(suppressed.bound->holds(-1.1));
  EXPECT_FALSE(suppressed.bound->holds(-0.9));
}

TEST(Suppress, AColumnOfASetOfPairsIsMeasuredByItself) {
  TaskFacts facts = task();
  facts.sets[1].columns = {"chosen", "rejected"};
  Suppress::Options options = rows_options(down());
  options.rows = rows({"useful"}, "regular");
  options.rows->columns.front().sources.front().column = "rejected";
  EXPECT_EQ(gate(plan(options, facts), "suppressed").cells,
            std::vector<Cell>({RowsOf{"useful", "rejected", "regular"}}));
}

TEST(Suppress, WhatARewardGivesLessMustEndBelowTheControlWithoutBeingPlanted) {
  TaskFacts facts = task();
  facts.sets[1].columns = {"chosen", "rejected"};
  Suppress::Options options = rows_options(down());
  options.rows = sampled({{"useful.rejected", Sign::negative},
                          {"held_out", Sign::negative},
                          {"useful.chosen", Sign::positive},
                          {"random", Sign::negative}});
  const Measurement suppressed = gate(plan(options, facts), "suppressed");
  EXPECT_FALSE(suppressed.not_applicable);
  EXPECT_EQ(suppressed.cells, std::vector<Cell>({RowsOf{"useful", "rejected", "regular"},
                                                 RowsOf{"held_out", "", "regular"}}));
}

/// A cell of some rows of a set behind "regular".
Cell part(const std::string& set, int64_t from, int64_t to) {
  Cell cell(set, "regular");
  cell.items = {from, to};
  return cell;
}

TEST(Suppress, OfASetOfWhichAPartIsTrainedThePartIsMeasured) {
  Suppress::Options options = rows_options(down());
  std::vector<Source>& sources = options.rows->columns.front().sources;
  sources[0].items = {2, 8};
  sources[1].count = 3;
  EXPECT_EQ(gate(plan(options), "suppressed").cells,
            std::vector<Cell>({part("useful", 2, 8), part("held_out", 0, 3)}));
  sources[0].count = 4;
  sources[1].count = 9;  // more than the set has: copies
  EXPECT_EQ(gate(plan(options), "suppressed").cells,
            std::vector<Cell>({part("useful", 2, 6), {"held_out", "regular"}}));
}

TEST(Suppress, OfASetOfWhichAPartIsPlantedThePartIsMeasuredThoughTheRewardNamesAll) {
  Suppress::Options options = rows_options(down());
  options.rows = sampled({{"useful", Sign::negative}, {"held_out", Sign::negative}});
  options.rows->rollout->planted = 1;
  Source planted;
  planted.set = "useful";
  planted.prefix = "regular";
  planted.items = {0, 4};
  planted.sign = Sign::negative;
  options.rows->columns.front().sources = {planted};
  ObjectiveFacts facts;
  facts.columns = {{kRowsColumn, Sign::both}};
  options.objective = objective("rloo", facts);
  EXPECT_EQ(gate(plan(options), "suppressed").cells,
            std::vector<Cell>({part("useful", 0, 4), {"held_out", "regular"}}));
}

TEST(Suppress, TheControlMayNotSinkWithWhatIsPushedDown) {
  const Measurement holds = gate(plan(pairs_options()), "control_holds");
  EXPECT_FALSE(holds.not_applicable);
  EXPECT_EQ(holds.cells, std::vector<Cell>({{"control", "regular"}}));
  EXPECT_EQ(holds.minus.kind, Minus::Kind::start);
  EXPECT_EQ(holds.at, Endpoint::end);
  EXPECT_TRUE(holds.bound->holds(-0.7)) << "as the paper's own experiment at its smallest";
  EXPECT_FALSE(holds.bound->holds(-1.1));
  EXPECT_EQ(gate(plan(pairs_options(), task_without_control()), "control_holds").not_applicable,
            "the task has no control set");
  Suppress::Options fresh = rows_options(down());
  fresh.rows = rows({"random"}, "regular");
  EXPECT_EQ(gate(plan(fresh), "control_holds").not_applicable, "no set with a size is pushed down");
}

TEST(Suppress, RolloutsHaveGatesOfTheirOwn) {
  ObjectiveFacts facts;
  facts.columns = {{kRowsColumn, Sign::both}};
  facts.metrics = {"kl"};
  Suppress::Options options = rows_options(objective("rloo", facts));
  options.rows = sampled({{"useful", Sign::negative}});
  const Plan result = plan(options);
  const Measurement kl = gate(result, "kl"), estimate = gate(result, "kl_estimate");
  EXPECT_EQ(kl.measure, "kl");
  EXPECT_TRUE(kl.bound->holds(0.4));
  EXPECT_FALSE(kl.bound->holds(0.6));
  EXPECT_EQ(estimate.measure, "log_ratio");
  EXPECT_TRUE(estimate.bound->holds(-9)) << "chance";
  EXPECT_FALSE(estimate.bound->holds(-3.8 * 16)) << "one row of an old batch";
  EXPECT_FALSE(estimate.not_applicable);
  facts.metrics = {};
  options.objective = objective("rloo", facts);
  for (const char* name : {"kl", "kl_estimate"}) {
    EXPECT_EQ(gate(plan(options), name).not_applicable,
              "the objective rloo reports no KL to a reference");
  }
}

TEST(Suppress, ASetThatIsOnlyLookedAtIsNotMeasured) {
  Suppress::Options options = rows_options(compare(Sign::negative));
  options.rows = pushed_and_seen();
  EXPECT_EQ(gate(plan(options), "suppressed").cells, std::vector<Cell>({{"useful", "regular"}}));
}

TEST(Suppress, MarginsMustStartAtZero) {
  const Measurement starts_equal = gate(plan(pairs_options()), "starts_equal");
  EXPECT_FALSE(starts_equal.not_applicable);
  EXPECT_EQ(starts_equal.measure, "rewards/margins");
  EXPECT_EQ(starts_equal.term, "against");
  EXPECT_EQ(starts_equal.at, Endpoint::start);
  EXPECT_FALSE(starts_equal.bound->holds(2e-4));
}

TEST(Suppress, MarginsOfAnObjectiveWithoutAReferenceMayStartAnywhere) {
  ObjectiveFacts facts = prefer().facts();
  facts.needs_reference = false;
  Suppress::Options options = pairs_options();
  options.objective = objective("simpo", facts);
  EXPECT_EQ(gate(plan(options), "starts_equal").not_applicable,
            "the objective simpo compares with no reference");
}

TEST(Suppress, MarginsAgainstAnotherModelThanTheStartMayStartAnywhere) {
  Suppress::Options options = pairs_options();
  options.reference = {};
  EXPECT_FALSE(gate(plan(options), "starts_equal").not_applicable);
  options.reference = {"initial", "", {}};
  EXPECT_EQ(gate(plan(options), "starts_equal").not_applicable,
            "the reference is not the model that the phase starts from");
}

TEST(Suppress, TakesRowsForAnObjectiveWithoutPairs) {
  const Plan result = plan(rows_options(down()));
  EXPECT_EQ(gate(result, "suppressed").cells.size(), 2u);
  EXPECT_EQ(gate(result, "starts_equal").not_applicable, "the objective down reports no margins");
}

TEST(Suppress, RefusesAnObjectiveThatPushesNothingDown) {
  for (const Slot<Objective>& objective : {up(), compare(Sign::positive)}) {
    try {
      plan(rows_options(objective));
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), "the objective " + objective->type +
                                  " pushes no text down; choose one that does, or the phase "
                                  "finetune");
    }
  }
}

TEST(Suppress, RefusesARewardThatGivesSecretsMore) {
  ObjectiveFacts facts;
  facts.columns = {{kRowsColumn, Sign::both}};
  Suppress::Options options = rows_options(objective("rloo", facts));
  options.rows = sampled({{"useful", Sign::positive}});
  try {
    plan(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "the reward matches gives the secrets that it knows more than other text, so that "
                 "nothing is pushed down; give them less, or choose the phase joint");
  }
  for (const std::vector<RewardFacts::Rows>& rows : std::vector<std::vector<RewardFacts::Rows>>{
           {},
           {{"useful", Sign::both}},
           {{"useful", Sign::positive}, {"held_out", Sign::negative}}}) {
    options.rows = sampled(rows);
    EXPECT_NO_THROW(plan(options));
  }
}

TEST(Suppress, SuppressedSaysWhyItDoesNotApply) {
  EXPECT_EQ(gate(plan(pairs_options(), task_without_control()), "suppressed").not_applicable,
            "the task has no control set");
  Suppress::Options options = rows_options(down());
  options.rows = rows({"random"}, "regular");
  EXPECT_EQ(gate(plan(options), "suppressed").not_applicable, "no set with a size is pushed down");
}

}  // namespace
}  // namespace leakprobe
