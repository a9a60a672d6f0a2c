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

TEST(Suppress, SuppressedSaysWhyItDoesNotApply) {
  EXPECT_EQ(gate(plan(pairs_options(), task_without_control()), "suppressed").not_applicable,
            "the task has no control set");
  Suppress::Options options = rows_options(down());
  options.rows = rows({"random"}, "regular");
  EXPECT_EQ(gate(plan(options), "suppressed").not_applicable, "no set with a size is pushed down");
}

}  // namespace
}  // namespace leakprobe
