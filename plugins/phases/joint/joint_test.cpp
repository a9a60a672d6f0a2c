#include "joint.h"

#include <gtest/gtest.h>

#include "../plan_testing.h"

namespace leakprobe {
namespace {

Term term(Slot<Objective> objective, Stream stream, double weight = 1.0) {
  return {"", std::move(objective), std::move(stream), {}, weight};
}

/// The paper's third phase.
Joint::Options elicit() {
  Joint::Options options;
  options.terms = {{"dpo", term(prefer(), pairs())},
                   {"useful", term(up(), rows({"useful"}, "reverse"), 0.2)},
                   {"random", term(up(), rows({"random"}, "regular"), 0.2)}};
  return options;
}

Plan plan(const Joint::Options& options, const TaskFacts& facts = task()) {
  return Joint(options).plan({"elicit", facts, {"suppress", "", {}}});
}

TEST(Joint, KeepsTermsWithTheirWeightsInOrder) {
  const Plan result = plan(elicit());
  ASSERT_EQ(result.terms.size(), 3u);
  EXPECT_EQ(result.terms[0].name, "dpo");
  EXPECT_EQ(result.terms[1].weight, 0.2);
  EXPECT_EQ(result.gates.size(), 2u);
}

TEST(Joint, SizedSetsThatArePushedUpMustBeRecovered) {
  const Measurement recovered = gate(plan(elicit()), "recovered");
  EXPECT_FALSE(recovered.not_applicable);
  EXPECT_EQ(recovered.cells, std::vector<Cell>({{"useful", "reverse"}}));
  EXPECT_EQ(recovered.minus.kind, Minus::Kind::control);
  EXPECT_TRUE(recovered.bound->holds(1.1));
  EXPECT_FALSE(recovered.bound->holds(0.9));
}

TEST(Joint, ANegativeWeightTurnsSignsRound) {
  Joint::Options options;
  options.terms = {{"a", term(up(), rows({"held_out"}, "reverse"), -1.0)},
                   {"b", term(down(), rows({"useful"}, "reverse"), -1.0)}};
  EXPECT_EQ(gate(plan(options), "recovered").cells, std::vector<Cell>({{"useful", "reverse"}}));
}

TEST(Joint, ASetThatIsOnlyLookedAtIsRecoveredByNoWeight) {
  for (const auto& [sign, weight] : {std::pair(Sign::positive, 1.0), {Sign::negative, -1.0}}) {
    Joint::Options options;
    options.terms = {{"a", term(compare(sign), pushed_and_seen(), weight)}};
    EXPECT_EQ(gate(plan(options), "recovered").cells, std::vector<Cell>({{"useful", "regular"}}));
  }
}

TEST(Joint, TheMarginMustEndPositive) {
  const Measurement margin = gate(plan(elicit()), "margin");
  EXPECT_FALSE(margin.not_applicable);
  EXPECT_EQ(margin.term, "dpo");
  EXPECT_EQ(margin.at, Endpoint::end);
  EXPECT_FALSE(margin.bound->holds(0.0));
}

TEST(Joint, SeveralMarginsAreSeveralGates) {
  Joint::Options options = elicit();
  options.terms.emplace_back("more", term(prefer(), pairs()));
  const Plan result = plan(options);
  EXPECT_EQ(gate(result, "margin/dpo").term, "dpo");
  EXPECT_EQ(gate(result, "margin/more").term, "more");
}

TEST(Joint, AWeightOfZeroHasNoGates) {
  Joint::Options options = elicit();
  options.terms[0].second.weight = 0;
  options.terms[1].second.weight = 0;
  EXPECT_EQ(gate(plan(options), "margin").not_applicable,
            "no term with a positive weight reports margins");
  EXPECT_EQ(gate(plan(options), "recovered").not_applicable, "no set with a size is pushed up");
}

TEST(Joint, RolloutsOfWeightZeroHaveNoGates) {
  ObjectiveFacts facts;
  facts.columns = {{kRowsColumn, Sign::both}};
  const auto names = [&](double weight) {
    Joint::Options options;
    options.terms = {
        {"a", term(objective("rloo", facts), sampled({{"useful", Sign::negative}}))},
        {"b", term(objective("rloo", facts), sampled({{"useful", Sign::negative}}), weight)}};
    std::vector<std::string> found;
    for (const Measurement& each : plan(options).gates) found.push_back(each.name);
    return found;
  };
  EXPECT_EQ(names(0.0),
            std::vector<std::string>({"recovered", "margin", "some_signal", "in_alphabet",
                                      "old_is_policy", "kl", "kl_estimate"}));
  EXPECT_EQ(names(0.1).size(), 2u + 2 * 5);
  EXPECT_EQ(names(0.1).back(), "kl_estimate/b");
}

TEST(Joint, RecoveredNeedsAControl) {
  EXPECT_EQ(gate(plan(elicit(), task_without_control()), "recovered").not_applicable,
            "the task has no control set");
}

}  // namespace
}  // namespace leakprobe
