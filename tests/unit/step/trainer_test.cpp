#include "step/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "saved.h"
#include "step/phase_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A phase of 5 steps with these terms.
std::string phase_of(const std::string& terms) {
  return "  - {name: learn, type: train, steps: 5, terms: {" + terms + "}}\n";
}

/// A term of objective `up` on the rows of taught in their order.
std::string up(const std::string& name, double weight = 1, const std::string& prefix = "near") {
  return name + ": {objective: {type: up}, weight: " + std::to_string(weight) +
         ", rows: {rows: {set: taught, prefix: " + prefix + ", repeat: 4}, order: given}}";
}

class TrainerTest : public Engine {
 protected:
  TrainerTest() {
    script().row = [](const RowRequest& request) {
      Row row = Script().row(request);
      if (request.prefix == "far") row.tokens[0] = 9;
      return row;
    };
  }
  static std::vector<Row> taught(const PhaseAtWork& work, int64_t first,
                                 const std::string& prefix = "near") {
    std::vector<Row> rows;
    for (int64_t i = first; i < first + 4; ++i) rows.push_back(work.row("taught", i % 6, prefix));
    return rows;
  }
};

TEST_F(TrainerTest, AStepIsOneOfPlainGradientDescentByHand) {
  PhaseAtWork work(phase_of(up("words")));
  for (int64_t step = 0; step < 3; ++step) {
    const ByTorch by_hand(work.weights());
    const torch::Tensor loss = -by_hand.sum(taught(work, 4 * step)) / 4;
    loss.backward();
    const StepReport report = work.trainer.step(step);
    EXPECT_NEAR(report.loss, loss.item<double>(), 1e-4);
    EXPECT_NEAR(report.gradient_norm, by_hand.norm(), 1e-4);
    EXPECT_EQ(report.rate, 0.1);
    ASSERT_THAT(report.terms, SizeIs(1));
    EXPECT_EQ(report.terms[0].first, "words");
    EXPECT_NEAR(report.terms[0].second.at("loss"), loss.item<double>(), 1e-4);
    expect_near(work.weights(), by_hand.descended(0.1));
  }
}

TEST_F(TrainerTest, TermsAddUpByTheirWeightsAndOneOfWeight0IsOnlyLookedAt) {
  PhaseAtWork work(
      phase_of(up("near", 2) + ", " + up("far", -0.5, "far") + ", " + up("watched", 0, "far")));
  const ByTorch by_hand(work.weights());
  const torch::Tensor near = -by_hand.sum(taught(work, 0)) / 4;
  const torch::Tensor far = -by_hand.sum(taught(work, 0, "far")) / 4;
  const torch::Tensor loss = 2 * near - 0.5 * far;
  loss.backward();
  const StepReport report = work.trainer.step(0);
  EXPECT_NEAR(report.loss, loss.item<double>(), 1e-4);
  ASSERT_THAT(report.terms, SizeIs(3));
  EXPECT_NEAR(report.terms[0].second.at("loss"), near.item<double>(), 1e-4);
  EXPECT_NEAR(report.terms[1].second.at("loss"), far.item<double>(), 1e-4);
  EXPECT_NEAR(report.terms[2].second.at("loss"), far.item<double>(), 1e-4);
  expect_near(work.weights(), by_hand.descended(0.1));
  const Value::List columns = work.ledger.report().to_value().items("columns");
  ASSERT_THAT(columns, SizeIs(2)) << "what is only looked at reaches no loss";
  EXPECT_EQ(columns[0].text("term"), "near");
  EXPECT_EQ(columns[1].text("declared_sign"), "negative");
}

TEST_F(TrainerTest, APhaseThatOnlyLooksTrainsNothingAndCountsNoStep) {
  PhaseAtWork work(phase_of(up("watched", 0)));
  const WeightSnapshot before = work.weights();
  const StepReport report = work.trainer.step(0);
  EXPECT_TRUE(are_equal(work.weights(), before));
  EXPECT_EQ(report.loss, 0);
  EXPECT_NE(report.terms[0].second.at("loss"), 0);
  EXPECT_EQ(work.ledger.steps(), 0);
}

TEST_F(TrainerTest, PartsOfABatchOfSeveralTermsAddUpToTheWhole) {
  const std::string terms = up("near", 2) + ", " + up("far", -0.5, "far");
  PhaseAtWork whole(phase_of(terms));
  const StepReport once = whole.trainer.step(0);
  EXPECT_THAT(once.positions, SizeIs(1));
  struct Case {
    int64_t rows;
    size_t passes;
  };
  for (const Case& one : {Case{1, 8}, Case{3, 3}, Case{5, 2}, Case{8, 1}}) {
    PhaseAtWork parts(phase_of(terms), one.rows);
    const StepReport report = parts.trainer.step(0);
    EXPECT_THAT(report.positions, SizeIs(one.passes)) << one.rows;
    EXPECT_NEAR(report.loss, once.loss, 1e-4);
    EXPECT_NEAR(report.terms[1].second.at("loss"), once.terms[1].second.at("loss"), 1e-4);
    expect_near(parts.weights(), whole.weights());
    EXPECT_EQ(parts.ledger.report().to_value().items("columns").size(), 2u);
    EXPECT_EQ(parts.ledger.report().to_value().items("columns")[1].items("sets")[0].integer("rows"),
              4);
  }
}

TEST_F(TrainerTest, TermsOfOtherTemperaturesHaveTheirOwnPassesAndTheLossesThatTheyHaveAlone) {
  struct Part {
    std::string name;
    double weight;
    double temperature;
  };
  const std::vector<Part> terms = {
      {"cold", 2, 0.3}, {"plain", 1, 1}, {"hot", -0.5, 2.5}, {"chilled", 1, 0.3}, {"seen", 0, 2.5}};
  const auto composition = [](const std::vector<Part>& parts) {
    std::string text;
    for (const Part& term : parts) {
      text += (text.empty() ? "" : ", ") + up(term.name, term.weight);
    }
    Composition made = composed(phase_of(text));
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].temperature == 1) continue;
      made.phases[0].terms[i].term.stream.rollout.emplace().temperature = parts[i].temperature;
    }
    return made;
  };
  for (const auto& [rows_per_pass, passes] : {std::pair{0, 3}, std::pair{3, 3 + 2 + 2}}) {
    PhaseAtWork work(composition(terms), rows_per_pass);
    const ByTorch by_hand(work.weights());
    torch::Tensor loss = torch::zeros({});
    for (const Part& term : terms) {
      loss = loss - term.weight * by_hand.sum(taught(work, 0), term.temperature) / 4;
    }
    loss.backward();
    const StepReport report = work.trainer.step(0);
    EXPECT_THAT(report.positions, SizeIs(passes));
    EXPECT_NEAR(report.loss, loss.item<double>(), 1e-4);
    expect_near(work.weights(), by_hand.descended(0.1));
    for (size_t i = 0; i < terms.size(); ++i) {
      PhaseAtWork alone(composition({terms[i]}));
      EXPECT_NEAR(report.terms[i].second.at("loss"),
                  alone.trainer.step(0).terms[0].second.at("loss"), 1e-5)
          << terms[i].name;
    }
  }
}

TEST_F(TrainerTest, TheLossIsDividedByWhatTheObjectiveCountsInTheWholeBatch) {
  script().evaluate = [](const Columns& columns) -> Loss {
    return {-columns.at("a").policy_sum().sum(), {{"gap", torch::zeros({})}}};
  };
  script().count = [](const Columns& columns) {
    EXPECT_EQ(columns.items(), 4) << "all at once, whatever the parts";
    return columns.at("a").mask.sum().item<double>();
  };
  // Row i of taught has i more tokens that are not scored.
  const auto whole = script().row;
  script().row = [whole](const RowRequest& request) {
    Row row = whole(request);
    for (int64_t t = 1; t <= std::min<int64_t>(request.index, 3); ++t) {
      row.scored[static_cast<size_t>(t)] = 0;
    }
    return row;
  };
  for (const int64_t rows : {0, 2}) {
    PhaseAtWork work(phase_of("pairs: {rows: {a: {set: taught, prefix: near, repeat: 4}, "
                              "b: {set: taught, prefix: far, repeat: 4}, order: given}}"),
                     rows);
    const ByTorch by_hand(work.weights());
    const torch::Tensor loss = -by_hand.sum(taught(work, 0)) / (4 + 3 + 2 + 1);
    loss.backward();
    EXPECT_NEAR(work.trainer.step(0).loss, loss.item<double>(), 1e-4);
    expect_near(work.weights(), by_hand.descended(0.1));
  }
}

TEST_F(TrainerTest, TheLedgerGetsWhatEachRowsLogProbabilityGot) {
  PhaseAtWork work(phase_of(up("near", 2) + ", " + up("far", -0.5, "far")), 3);
  work.trainer.step(0);
  work.trainer.step(1);
  const Value::List columns = work.ledger.report().to_value().items("columns");
  const Value& near = columns[0].items("sets")[0];
  const Value& far = columns[1].items("sets")[0];
  // Four scored tokens a row, four items a step: each token gets weight / 4, each row the weight.
  EXPECT_EQ(near.number("gradient"), 8 * -2);
  EXPECT_EQ(near.integer("pushed_up"), 8);
  EXPECT_EQ(near.integer("pushed_down"), 0);
  EXPECT_EQ(to_json(near.at("counts")), "[2,2,1,1,1,1]") << "rows 0 to 3, then 4, 5, 0, 1";
  EXPECT_EQ(far.number("gradient"), 8 * 0.5);
  EXPECT_EQ(far.integer("pushed_up"), 0);
  EXPECT_EQ(far.integer("pushed_down"), 8);
  EXPECT_EQ(far.text("prefix"), "far");
  EXPECT_EQ(work.ledger.steps(), 2);
}

// An objective over the whole batch.

class WholeBatchAtWork : public TrainerTest {
 protected:
  WholeBatchAtWork() {
    script().facts.scope = ObjectiveFacts::Scope::batch;
    script().evaluate = [this](const Columns& columns) -> Loss {
      items_.push_back(columns.items());
      seen_ = columns.at("a").numbers.at("index");
      const torch::Tensor gap = columns.at("a").policy_sum() - columns.at("b").policy_sum();
      return {at::logsumexp(gap, 0) * static_cast<double>(columns.items()),
              {{"gap", gap.detach().sum()}}};
    };
    const auto row = script().row;
    script().row = [row](const RowRequest& request) {
      Row made = row(request);
      made.numbers = {{"index", static_cast<double>(request.index)}};
      return made;
    };
  }
  /// Beside a term whose items may be split.
  static std::string terms() {
    return phase_of(up("near") +
                    ", pairs: {weight: 3, rows: {a: {set: taught, prefix: near, repeat: 4}, "
                    "b: {set: taught, prefix: far, repeat: 4}, order: given}}");
  }
  std::vector<int64_t> items_;
  torch::Tensor seen_;
};

TEST_F(WholeBatchAtWork, SeesAllItemsInTheirOrderOnceAStepAndTrainsAsByHand) {
  for (const int64_t rows : {0, 1, 2, 5}) {
    SCOPED_TRACE(rows);
    items_.clear();
    PhaseAtWork work(terms(), rows);
    const ByTorch by_hand(work.weights());
    std::vector<torch::Tensor> gaps;
    const std::vector<Row> near = taught(work, 0), far = taught(work, 0, "far");
    for (size_t i = 0; i < 4; ++i) gaps.push_back(by_hand.sum(near[i]) - by_hand.sum(far[i]));
    const torch::Tensor pairs = at::logsumexp(at::stack(gaps), 0);
    const torch::Tensor loss = 3 * pairs - by_hand.sum(near) / 4;
    loss.backward();
    const StepReport report = work.trainer.step(0);
    EXPECT_THAT(items_, ElementsAre(4)) << "evaluated once";
    EXPECT_TRUE(seen_.equal(torch::tensor({0.F, 1.F, 2.F, 3.F})));
    EXPECT_NEAR(report.loss, loss.item<double>(), 1e-4);
    EXPECT_NEAR(report.terms[1].second.at("loss"), pairs.item<double>(), 1e-4);
    EXPECT_NEAR(report.terms[1].second.at("gap"), at::stack(gaps).mean().item<double>(), 1e-4);
    EXPECT_NEAR(report.gradient_norm, by_hand.norm(), 1e-4);
    expect_near(work.weights(), by_hand.descended(0.1));
  }
}

TEST_F(WholeBatchAtWork, IsLookedAtWholeWhereItsWeightIs0) {
  PhaseAtWork work(
      phase_of(up("near") + ", pairs: {weight: 0, rows: {a: {set: taught, prefix: near, repeat: "
                            "4}, b: {set: taught, prefix: far, repeat: 4}, order: given}}"),
      2);
  work.trainer.step(0);
  EXPECT_THAT(items_, ElementsAre(4));
}

// What ends a step.

class FailedStep : public TrainerTest {
 protected:
  /// What the first step says, that changes nothing.
  static std::string failure(PhaseAtWork& work) {
    script().update = [](std::vector<Trained>&, double, double) {
      ADD_FAILURE() << "the optimizer was called";
    };
    const WeightSnapshot before = work.weights();
    const std::string failure = failure_of([&] { work.trainer.step(0); });
    EXPECT_TRUE(are_equal(work.weights(), before));
    EXPECT_EQ(work.ledger.steps(), 0);
    return failure;
  }
  static std::string pairs() {
    return phase_of(
        "pairs: {rows: {a: {set: taught, prefix: near, repeat: 4}, "
        "b: {set: taught, prefix: far, repeat: 4}, order: given}}");
  }
};

TEST_F(FailedStep, ByALossThatIsNotFiniteChangesNothing) {
  script().evaluate = [](const Columns& columns) -> Loss {
    Loss loss = Script().evaluate(columns);
    loss.sum = loss.sum * std::numeric_limits<double>::infinity();
    return loss;
  };
  PhaseAtWork work(pairs());
  EXPECT_THAT(failure(work), HasSubstr("its loss is not finite"));
}

TEST_F(FailedStep, InALaterPartOfTheBatchChangesNothingEither) {
  int64_t parts = 0;
  script().evaluate = [&](const Columns& columns) -> Loss {
    Loss loss = Script().evaluate(columns);
    if (++parts >= 2) loss.sum = loss.sum / 0;
    return loss;
  };
  PhaseAtWork work(pairs(), 2);
  EXPECT_THAT(failure(work), HasSubstr("its loss is not finite"));
}

TEST_F(FailedStep, ByAGradientThatIsNotFiniteChangesNothing) {
  script().hidden = [](torch::Tensor hidden) {
    if (!hidden.requires_grad()) return hidden;
    hidden = hidden * 1;
    hidden.register_hook(
        [](const torch::Tensor& slope) { return slope * std::numeric_limits<double>::infinity(); });
    return hidden;
  };
  PhaseAtWork work(pairs());
  EXPECT_THAT(failure(work), HasSubstr("the gradient of parameter 'embedding' is not finite"));
}

TEST_F(FailedStep, ByAParameterThatNoLossDependsOnNamesIt) {
  script().head = [](Head head) { return Head{head.weight.detach(), {}}; };
  PhaseAtWork work(pairs());
  EXPECT_EQ(failure(work),
            "phase 'learn': parameter 'head' is trained but no loss depends on it; freeze it");
}

// What the sources of items keep.

/// Rows of taught from where it stands on, which is all that it keeps.
class Walking final : public ItemSource {
 public:
  Walking(const PhaseAtWork& work, const ComposedTerm& term, int64_t at)
      : work_(work), term_(term), at_(at) {}
  std::vector<DrawnColumn> draw(int64_t, const std::vector<size_t>& columns) override {
    std::vector<DrawnColumn> drawn(columns.size());
    const Source& source = term_.term.stream.columns.at(0).sources.at(0);
    const SetFacts* set = work_.composition.task.facts().find("taught");
    drawn[0].rows.push_back(work_.row("taught", at_ % 6));
    drawn[0].origins.push_back({&source, set, at_ % 6});
    ++at_;
    return drawn;
  }
  NamedTensors state() const override { return {{"at", torch::tensor({at_}, torch::kInt64)}}; }
  void restore(const NamedTensors& state) override {
    ASSERT_THAT(state, SizeIs(1));
    EXPECT_EQ(state[0].first, "at");
    at_ = state[0].second.item<int64_t>();
  }

 private:
  const PhaseAtWork& work_;
  const ComposedTerm& term_;
  int64_t at_;
};

TEST_F(TrainerTest, EachTermsSourceGetsBackWhatItKept) {
  const std::string phases = phase_of(up("word") + ", " + up("words", 0));
  // The first term begins at row 0, the second at row 3.
  const auto walking = [](const PhaseAtWork& work, const ComposedTerm& term) {
    return std::make_unique<Walking>(work, term, term.term.weight == 0 ? 3 : 0);
  };
  PhaseAtWork before(phases, 0, walking), after(phases, 0, walking);
  const auto losses = [](const StepReport& report) {
    return std::vector<double>{report.terms[0].second.at("loss"),
                               report.terms[1].second.at("loss")};
  };
  script().rate = [] { return 0.0; };
  before.trainer.step(0);
  before.trainer.step(1);
  NamedTensors kept;
  before.trainer.save_items(kept);
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].first, "items/word/at");
  EXPECT_EQ(kept[1].first, "items/words/at");
  after.trainer.restore_items(SavedState{kept, saved(Value::map())});
  EXPECT_EQ(losses(after.trainer.step(2)), losses(before.trainer.step(2)));
  EXPECT_NE(losses(after.trainer.step(3))[0], losses(after.trainer.step(4))[0])
      << "another row each time";
}

}  // namespace
}  // namespace leakprobe::run_test
