#include "finetune.h"

#include <gtest/gtest.h>

#include "../plan_testing.h"

namespace leakprobe {
namespace {

Plan plan(Stream stream, const TaskFacts& facts, Slot<Objective> objective = up()) {
  Finetune::Options options;
  options.objective = std::move(objective);
  options.rows = std::move(stream);
  return Finetune(options).plan({"calibrate", facts, {"initial", "", {}}});
}

TEST(Finetune, IsOneTermOfRows) {
  const Plan result = plan(rows({"random"}, "regular"), task());
  ASSERT_EQ(result.terms.size(), 1u);
  EXPECT_EQ(result.terms[0].objective->type, "up");
  EXPECT_EQ(result.terms[0].weight, 1.0);
  EXPECT_EQ(result.gates.size(), 1u);
}

TEST(Finetune, MustBringTheControlToChance) {
  const Measurement at_chance = gate(plan(rows({"random"}, "regular"), task()), "at_chance");
  EXPECT_FALSE(at_chance.not_applicable);
  EXPECT_EQ(at_chance.cells, std::vector<Cell>({{"control", "regular"}}));
  EXPECT_EQ(at_chance.minus.kind, Minus::Kind::chance);
  EXPECT_EQ(at_chance.at, Endpoint::end);
  EXPECT_TRUE(at_chance.bound->holds(0.09) && at_chance.bound->holds(-0.09));
  EXPECT_FALSE(at_chance.bound->holds(0.11) || at_chance.bound->holds(-0.11));
}

TEST(Finetune, AtChanceSaysWhyItDoesNotApply) {
  TaskFacts facts = task();
  facts.chance.reset();
  EXPECT_EQ(gate(plan(rows({"random"}, "regular"), facts), "at_chance").not_applicable,
            "the task has no chance level");
  EXPECT_EQ(
      gate(plan(rows({"random"}, "regular"), task_without_control()), "at_chance").not_applicable,
      "the task has no control set");
  facts = task();
  facts.sets[1].distribution = "";
  EXPECT_EQ(gate(plan(rows({"random", "useful"}, "regular"), facts), "at_chance").not_applicable,
            "it does not train on the control's distribution alone");
  EXPECT_EQ(gate(plan(rows({"random"}, "regular"), task(), down()), "at_chance").not_applicable,
            "it does not train on the control's distribution alone");
}

}  // namespace
}  // namespace leakprobe
