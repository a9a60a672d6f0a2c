// Steps of a trainer on rollouts: what the objective gets, what the weights become, what the ledger
// says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "saved.h"
#include "step/rollouts_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kTwice =
    rollout("prefix: near, tokens: 3, group: 4, reuse: 2", "set: taught, repeat: 4, order: given");

class RolloutSteps : public EngineOnRollouts {
 protected:
  RolloutSteps() {
    const auto worth = script().reward;
    script().reward = [this, worth](const Completion& completion) {
      Row row;
      row.tokens = completion.prompt;
      row.tokens.insert(row.tokens.end(), completion.tokens.begin(), completion.tokens.end());
      row.scored.assign(row.tokens.size(), 1);
      row.scored[0] = 0;
      rows_.push_back(std::move(row));
      return worth(completion);
    };
    const auto evaluate = script().evaluate;
    script().evaluate = [this, evaluate](const Columns& columns) {
      seen_.push_back(columns.at("rows"));
      return evaluate(columns);
    };
  }
  /// Advantages are those of rewards less half the divergence from the reference.
  static void use_divergence() {
    script().facts.needs_reference = true;
    script().facts.advantages->kl = 0.5;
  }
  /// The reference gives each token -1.5, whatever it is.
  static void compare_with_constant(PhaseAtWork& work) {
    work.reference = [](const std::vector<const Row*>& rows, double /*temperature*/) {
      int64_t tokens = 0;
      for (const Row* row : rows) tokens += std::count(row->scored.begin(), row->scored.end(), 1);
      return torch::full({tokens}, -1.5F);
    };
  }

  std::vector<Row> rows_;          ///< that were rewarded, in their order
  std::vector<ColumnBatch> seen_;  ///< that the objective got
};

TEST_F(RolloutSteps, TheFirstStepIsRlooByHand) {
  PhaseAtWork work(phase_on(kGroupsOfFour));
  const ByTorch by_hand(work.weights());
  const StepReport report = work.trainer.step(0);
  ASSERT_THAT(rows_, SizeIs(8));
  torch::Tensor loss = torch::zeros({});
  for (size_t i = 0; i < 8; ++i) {
    loss = loss - (i % 4 == 3 ? -1.0 : 1.0 / 3) * by_hand.sum(rows_[i]) / 8;
  }
  loss.backward();
  EXPECT_NEAR(report.loss, 0, 1e-6) << "the mean of the advantages";
  EXPECT_NEAR(report.gradient_norm, by_hand.norm(), 1e-4);
  expect_near(work.weights(), by_hand.descended(0.1));
  EXPECT_EQ(report.terms[0].second.at("reward"), 0) << "of the sampled rows";
}

TEST_F(RolloutSteps, OldIsThePolicyItselfAtFirstAndStaysWhatItWas) {
  PhaseAtWork work(phase_on(kTwice));
  for (int64_t step = 0; step < 4; ++step) work.trainer.step(step);
  ASSERT_THAT(seen_, SizeIs(4));
  for (const size_t made : {0u, 2u}) {
    EXPECT_TRUE(seen_[made].old.equal(seen_[made].policy.detach())) << made;
    EXPECT_FALSE(seen_[made].old.requires_grad());
    EXPECT_TRUE(seen_[made + 1].old.equal(seen_[made].old)) << "the same bits";
    EXPECT_FALSE(seen_[made + 1].policy.equal(seen_[made].policy)) << "a step was made between";
    EXPECT_TRUE(seen_[made + 1].numbers.at("advantage").equal(seen_[made].numbers.at("advantage")));
  }
  EXPECT_THAT(rows_, SizeIs(16)) << "two batches were rewarded, each once";
}

TEST_F(RolloutSteps, TheSecondStepOnABatchIsWeighedByItsRatios) {
  PhaseAtWork work(phase_on(kTwice));
  work.trainer.step(0);
  const ByTorch by_hand(work.weights());
  const torch::Tensor old = seen_[0].old_sum();
  torch::Tensor loss = torch::zeros({});
  for (size_t i = 0; i < 8; ++i) {
    const torch::Tensor ratio = (by_hand.sum(rows_[i]) - old[static_cast<int64_t>(i)]).exp();
    loss = loss - (i % 4 == 3 ? -1.0 : 1.0 / 3) * ratio / 8;
  }
  loss.backward();
  const StepReport report = work.trainer.step(1);
  EXPECT_NEAR(report.loss, loss.item<double>(), 1e-5);
  expect_near(work.weights(), by_hand.descended(0.1));
}

TEST_F(RolloutSteps, TheDivergenceComesFromTheScoresOfTheFirstStep) {
  use_divergence();
  PhaseAtWork work(phase_on(kTwice));
  compare_with_constant(work);
  const ByTorch by_hand(work.weights());
  work.trainer.step(0);
  std::vector<double> returns;
  for (size_t i = 0; i < 8; ++i) {
    const double below = by_hand.sum(rows_[i]).item<double>() -
                         -1.5 * static_cast<double>(rows_[i].tokens.size() - 1);
    returns.push_back((i % 4 == 3 ? -1 : 0) - 0.5 * below);
  }
  for (size_t i = 0; i < 8; ++i) {
    double others = -returns[i];
    for (size_t k = i / 4 * 4; k < i / 4 * 4 + 4; ++k) others += returns[k];
    EXPECT_NEAR(seen_[0].numbers.at("advantage")[static_cast<int64_t>(i)].item<double>(),
                returns[i] - others / 3, 1e-4)
        << i;
  }
  work.trainer.step(1);
  EXPECT_TRUE(seen_[1].numbers.at("advantage").equal(seen_[0].numbers.at("advantage")))
      << "it is part of the reward, and that is given once";
  EXPECT_TRUE(seen_[1].reference.equal(seen_[0].reference));
}

TEST_F(RolloutSteps, TheReferenceIsAskedOnceABatchAndKeepsPlantedRowsAlone) {
  use_divergence();
  PhaseAtWork work(phase_on(kTwice));
  size_t asked = 0;
  work.reference = [&](const std::vector<const Row*>& rows, double temperature) {
    asked += rows.size();
    return score(work.first, rows, temperature);
  };
  const auto asked_in = [&](int64_t step) {
    asked = 0;
    work.trainer.step(step);
    return asked;
  };
  EXPECT_EQ(asked_in(0), 8u);
  EXPECT_EQ(asked_in(1), 0u) << "the batch has its values";
  EXPECT_EQ(asked_in(2), 8u);
  EXPECT_EQ(asked_in(3), 0u);
  EXPECT_EQ(asked_in(4), 8u);
  EXPECT_EQ(asked_in(5), 0u);
  EXPECT_EQ(asked_in(6), 6u) << "the planted rows come again, sampled ones never";
}

TEST_F(RolloutSteps, PartsOfABatchAddUpToTheWhole) {
  for (const bool has_divergence : {false, true}) {
    if (has_divergence) use_divergence();
    PhaseAtWork whole(phase_on(kTwice));
    compare_with_constant(whole);
    const StepReport once = whole.trainer.step(0), again = whole.trainer.step(1);
    for (const int64_t rows : {1, 3, 5}) {
      SCOPED_TRACE(rows);
      PhaseAtWork parts(phase_on(kTwice), rows);
      compare_with_constant(parts);
      const StepReport part = parts.trainer.step(0), next = parts.trainer.step(1);
      EXPECT_THAT(part.positions, SizeIs(static_cast<size_t>((8 + rows - 1) / rows)));
      EXPECT_NEAR(part.loss, once.loss, 1e-4);
      EXPECT_NEAR(part.gradient_norm, once.gradient_norm, 1e-4);
      EXPECT_NEAR(next.loss, again.loss, 1e-4);
      EXPECT_NEAR(next.gradient_norm, again.gradient_norm, 1e-4);
      for (const auto& [name, value] : again.terms[0].second) {
        EXPECT_NEAR(next.terms[0].second.at(name), value, 1e-4) << name;
      }
      expect_near(parts.weights(), whole.weights());
    }
  }
}

TEST_F(RolloutSteps, SamplerAndTrainingPassAgree) {
  PhaseAtWork work(phase_on(kGroupsOfFour));
  for (int64_t step = 0; step < 3; ++step) {
    EXPECT_LT(work.trainer.step(step).terms[0].second.at("sampler_gap"), 1e-5) << step;
  }
}

TEST_F(RolloutSteps, WhatIsOnlyLookedAtIsSampledAndTrainsNothing) {
  PhaseAtWork work(phase_on(kTwice, 8, ", weight: 0"), 3);
  const WeightSnapshot before = work.weights();
  for (int64_t step = 0; step < 3; ++step) {
    EXPECT_EQ(work.trainer.step(step).terms[0].second.at("reward"), 0);
  }
  EXPECT_TRUE(are_equal(work.weights(), before));
  EXPECT_TRUE(seen_[1].old.equal(seen_[0].policy));
  EXPECT_TRUE(work.ledger.report().columns.empty());
}

TEST_F(RolloutSteps, BesideAPlainTermBothAreTrained) {
  const auto terms = [](const std::string& pg) {
    return "  - {name: learn, type: train, steps: 6, batch: 8, terms: {pg: {rows: " + pg +
           "}, up: {objective: {type: up}, weight: 0.5, rows: {set: taught, prefix: near}}}}\n";
  };
  use_divergence();
  PhaseAtWork whole(terms(kTwice)), parts(terms(kTwice), 5);
  compare_with_constant(whole);
  compare_with_constant(parts);
  for (int64_t step = 0; step < 2; ++step) {
    const StepReport once = whole.trainer.step(step), part = parts.trainer.step(step);
    EXPECT_NEAR(part.loss, once.loss, 1e-4);
    EXPECT_NE(once.terms[0].second.at("loss"), once.terms[1].second.at("loss"));
  }
  expect_near(parts.weights(), whole.weights());
}

// What the ledger says.

const Value& account(const Value& ledger, size_t column) {
  const Value::List& sets = ledger.at("columns").as_list().at(column).at("sets").as_list();
  EXPECT_THAT(sets, SizeIs(1));
  return sets.at(0);
}

TEST_F(RolloutSteps, TheLedgerKeepsPlantedAndSampledRowsApart) {
  script().reward_facts.rows = {{"taught", Sign::negative}};
  PhaseAtWork work(phase_on(kGroupsOfFour), 3);
  work.trainer.step(0);
  const Value ledger = work.ledger.report().to_value();
  const Value::List columns = ledger.items("columns");
  ASSERT_THAT(columns, SizeIs(2));
  EXPECT_EQ(columns[0].text("column"), "planted");
  EXPECT_EQ(columns[0].text("declared_sign"), "negative") << "as the reward says";
  EXPECT_EQ(columns[1].text("column"), "sampled");
  EXPECT_EQ(columns[1].text("declared_sign"), "both");
  const Value &planted = account(ledger, 0), &sampled = account(ledger, 1);
  EXPECT_EQ(planted.text("set"), "taught");
  EXPECT_EQ(planted.text("prefix"), "near");
  EXPECT_EQ(planted.integer("pushed_down"), 2);
  EXPECT_EQ(to_json(planted.at("counts")), "[1,1,0,0,0,0]");
  // Each token of a row gets minus its advantage over the rows of the batch.
  EXPECT_NEAR(planted.number("gradient"), 2 * 4 * 1.0 / 8, 1e-6);
  EXPECT_EQ(sampled.text("set"), "(sampled)");
  EXPECT_EQ(sampled.text("role"), "ordinary");
  EXPECT_EQ(sampled.integer("pushed_up"), 6);
  EXPECT_NEAR(sampled.number("gradient"), -6 * 3 / 3.0 / 8, 1e-6);
  EXPECT_EQ(sampled.find("counts"), nullptr);
  EXPECT_EQ(work.ledger.protected_uses(), 0);
}

TEST_F(RolloutSteps, EachUseOfABatchIsEntered) {
  PhaseAtWork work(phase_on(kTwice));
  for (int64_t step = 0; step < 4; ++step) work.trainer.step(step);
  const Value ledger = work.ledger.report().to_value();
  EXPECT_EQ(to_json(account(ledger, 0).at("counts")), "[2,2,2,2,0,0]");
  EXPECT_EQ(account(ledger, 1).integer("rows"), 4 * 6);
}

/// Secrets of one token, 1 to 4, that the policy cannot but meet: it makes the token 1 alone.
class MetByChance : public RolloutSteps {
 protected:
  MetByChance() {
    script().row = [](const RowRequest& request) {
      Row row = Script().row(request);
      row.tokens[0] = 9;
      if (request.set != "secret") return row;
      row.tokens = {9, 1 + request.index};
      row.scored = {0, 1};
      row.secret = {1, 2};
      return row;
    };
    favour(1, 100);
    script().facts.advantages->baseline = Advantages::Baseline::none;
  }
  static std::string phase() { return phase_on(rollout("tokens: 1, group: 2")); }
};

TEST_F(MetByChance, ASampledSecretIsAProtectedUseWithItsMeasuredSign) {
  script().reward = [](const Completion&) { return -1.0; };
  PhaseAtWork down(phase());
  down.trainer.step(0);
  EXPECT_EQ(down.ledger.protected_uses(), 8);
  EXPECT_EQ(down.ledger.pushed_up_steps(), 0);
  script().reward = [](const Completion&) { return 1.0; };
  PhaseAtWork up(phase());
  up.trainer.step(0);
  EXPECT_EQ(up.ledger.protected_uses(), 8);
  EXPECT_EQ(up.ledger.pushed_up_steps(), 1);
  EXPECT_EQ(to_json(up.ledger.report().to_value().at("first_pushed_up")),
            R"({"phase":"learn","step":0,"term":"pg","set":"secret","prefix":"near"})");
}

TEST_F(MetByChance, WhatIsNoSecretIsNone) {
  favour(5, 100);
  script().reward = [](const Completion&) { return 1.0; };
  PhaseAtWork work(phase());
  work.trainer.step(0);
  EXPECT_EQ(work.ledger.protected_uses(), 0);
  EXPECT_EQ(work.ledger.pushed_up_steps(), 0);
}

TEST_F(RolloutSteps, AProtectedPlantedRowThatTheDivergencePushesUpIsSeen) {
  script().reward_facts.rows = {{"secret", Sign::negative}};
  script().facts.needs_reference = true;
  script().facts.advantages->kl = 1;
  const std::string phase = phase_on(
      rollout("prefix: near, tokens: 4, group: 2", "set: secret, repeat: 8, order: given"));
  script().reward = [](const Completion& completion) {
    return completion.secret_of.empty() ? 0.0 : -1.0;
  };
  PhaseAtWork at_reference(phase);
  at_reference.trainer.step(0);
  EXPECT_EQ(at_reference.ledger.protected_uses(), 4);
  EXPECT_EQ(at_reference.ledger.pushed_up_steps(), 0) << "at the reference it is pushed down";
  PhaseAtWork beyond(phase);
  // Planted rows are far below the reference, beyond what their reward is worth.
  beyond.reference = [](const std::vector<const Row*>& rows, double /*temperature*/) {
    std::vector<float> values;
    for (const Row* row : rows) {
      values.insert(values.end(), 4, number(*row, "planted") == 1 ? 0.0F : -3.0F);
    }
    return torch::tensor(values);
  };
  beyond.trainer.step(0);
  EXPECT_EQ(beyond.ledger.pushed_up_steps(), 1);
  EXPECT_EQ(account(beyond.ledger.report().to_value(), 0).integer("pushed_up"), 4);
}

// What goes on after an interruption.

TEST_F(RolloutSteps, ARunThatIsResumedOnABatchInUseGoesOnWithTheSameBits) {
  use_divergence();
  PhaseAtWork before(phase_on(kTwice)), after(phase_on(kTwice));
  compare_with_constant(before);
  compare_with_constant(after);
  before.trainer.step(0);
  NamedTensors kept;
  before.trainer.save_items(kept);
  after.policy.model.restore(before.weights());
  after.trainer.restore_items(SavedState{kept, saved(Value::map())});
  for (int64_t step = 1; step < 4; ++step) {
    const StepReport expected = before.trainer.step(step), found = after.trainer.step(step);
    EXPECT_EQ(found.loss, expected.loss) << step;
    EXPECT_EQ(found.terms[0].second, expected.terms[0].second) << step;
    EXPECT_TRUE(are_equal(after.weights(), before.weights())) << step;
  }
}

// What ends a step.

TEST_F(RolloutSteps, ALossThatIsNotFiniteNamesSampledRows) {
  script().evaluate = [](const Columns& columns) -> Loss {
    const ColumnBatch& rows = columns.at("rows");
    EXPECT_EQ(rows.old.sizes(), rows.policy.sizes());
    const torch::Tensor sampled = 1 - rows.numbers.at("planted");
    const torch::Tensor ratio = (rows.policy_sum() - rows.old_sum()).exp();
    return {(ratio / (1 - sampled)).sum(), {}};
  };
  PhaseAtWork work(phase_on(kGroupsOfFour));
  EXPECT_THAT(failure_of([&] { work.trainer.step(0); }),
              AllOf(HasSubstr("its loss is not finite, though all log-probabilities are, first at "
                              "sampled row 0 behind prefix 'near', sampled row 1 behind prefix "
                              "'near', sampled row 2 behind prefix 'near' and 3 more")));
}

TEST_F(RolloutSteps, ARewardThatFailsNamesItself) {
  script().reward = [](const Completion&) -> double { throw std::runtime_error("no taste"); };
  PhaseAtWork work(phase_on(kGroupsOfFour));
  EXPECT_THAT(failure_of([&] { work.trainer.step(0); }),
              AllOf(HasSubstr("reward 'judged'"), HasSubstr("no taste")));
  script().reward = [](const Completion&) { return std::numeric_limits<double>::infinity(); };
  PhaseAtWork endless(phase_on(kGroupsOfFour));
  EXPECT_THAT(failure_of([&] { endless.trainer.step(0); }),
              AllOf(HasSubstr("reward 'judged'"), HasSubstr("not finite")));
}

}  // namespace
}  // namespace leakprobe::run_test
