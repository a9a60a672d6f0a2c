#include "evidence/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evidence/seen.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Keeps what it is given; the value of a cell is its number among them.
class Keeping final : public Probe {
 public:
  std::vector<ProbeValue> measure(ProbedModel&,
                                  const std::vector<ProbeCell>& cells) const override {
    seen = cells;
    std::vector<ProbeValue> values;
    for (const ProbeCell& cell : cells) {
      ProbeValue value{cell.cell, static_cast<double>(values.size()), {}};
      for (size_t i = 0; i < cell.rows.size(); ++i) value.items.push_back(static_cast<double>(i));
      values.push_back(value);
    }
    return values;
  }
  mutable std::vector<ProbeCell> seen;
};

/// What is measured is the probe's own business here.
class NoModel final : public ProbedModel {
 public:
  std::vector<std::vector<float>> score(const std::vector<const Row*>&) override { return {}; }
  std::vector<torch::Tensor> logits(const std::vector<const Row*>&) override { return {}; }
  std::vector<torch::Tensor> residuals(const std::vector<const Row*>&, int64_t) override {
    return {};
  }
  torch::Tensor unembed(const torch::Tensor&) override { return {}; }
  std::vector<Generated> generate(const std::vector<std::vector<int64_t>>&, const Sampling&,
                                  const RandomStream&) override {
    return {};
  }
  int64_t blocks() const override { return 1; }
};

/// Probes `often` (every 2 steps; train regularly, secret at the ends), `late` (every 3, phase
/// second alone, train) and `ends` (only at the ends, train regularly).
class EvaluatorTest : public testing::Test {
 protected:
  EvaluatorTest() {
    const auto add = [&](const char* name, int64_t every, std::vector<Cell> cells,
                         size_t regular) -> ComposedProbe& {
      ComposedProbe probe = by_hand::probe(name, "likelihood", {});
      probe.every = every;
      probe.rows = 3;
      probe.cells = std::move(cells);
      probe.regular_cells = regular;
      composition_.probes.push_back(std::move(probe));
      return composition_.probes.back();
    };
    add("often", 2, {train_, secret_}, 1);
    add("late", 3, {train_}, 1).phases = {"second"};
    add("ends", 0, {train_}, 1);
  }

  Evaluator evaluator() { return {composition_, task_, {probes_[0], probes_[1], probes_[2]}}; }

  /// The evaluations after a step of a phase of 6 steps: "often: train secret; ends: train; ", a
  /// regular one marked with r, the end with e.
  std::string due(const std::string& phase, int64_t step, bool forced = false) {
    std::string text;
    for (const Evaluation& one :
         evaluator().evaluate(*composition_.find_phase(phase), step, 6, forced, model_)) {
      EXPECT_EQ(one.phase, phase);
      EXPECT_EQ(one.step, step);
      text += one.probe + (one.regular ? " r" : "") + (one.end ? " e" : "") + ":";
      for (const ProbeValue& value : one.values) text += " " + value.cell.name();
      text += "; ";
    }
    return text;
  }

  Composition composition_ = by_hand::composition();
  const by_hand::NumberedTask task_{composition_.task.facts()};
  NoModel model_;
  const std::vector<std::shared_ptr<Keeping>> probes_ = {
      std::make_shared<Keeping>(), std::make_shared<Keeping>(), std::make_shared<Keeping>()};
  const Cell train_{"train", "good"}, secret_{"secret", "bad"};
};

TEST_F(EvaluatorTest, AProbeIsDueEverySoManyStepsAndAfterTheLast) {
  EXPECT_EQ(due("first", 0), "often r: train; ");
  EXPECT_EQ(due("first", 1), "");
  EXPECT_EQ(due("first", 2), "often r: train; ");
  EXPECT_EQ(due("first", 3), "");
  EXPECT_EQ(due("first", 5), "often e: train secret; ends e: train; ");
}

TEST_F(EvaluatorTest, BeforeTheFirstStepOnlyWhatIsForcedIsMeasuredAndWhole) {
  EXPECT_EQ(due("first", kBeforeFirstStep), "");
  EXPECT_EQ(due("first", kBeforeFirstStep, true), "often: train secret; ends: train; ");
  EXPECT_EQ(due("first", 3, true), "often: train secret; ends: train; ");
}

TEST_F(EvaluatorTest, AProbeMeasuresInItsPhasesAlone) {
  EXPECT_EQ(due("second", 0), "often r: train; late r: train; ");
  EXPECT_EQ(due("second", 3), "late r: train; ");
  EXPECT_EQ(due("second", kBeforeFirstStep, true),
            "often: train secret; late: train; ends: train; ");
}

TEST_F(EvaluatorTest, ALastStepThatIsDueAnywayIsBoth) {
  composition_.probes[0].every = 5;
  EXPECT_EQ(due("first", 5), "often r e: train secret; ends e: train; ");
}

TEST_F(EvaluatorTest, AProbeWithoutRegularCellsIsNotCalledForNothing) {
  composition_.probes[0].regular_cells = 0;
  EXPECT_EQ(due("first", 2), "");
  EXPECT_EQ(due("first", 5), "often e: train secret; ends e: train; ");
}

TEST_F(EvaluatorTest, ACellHasTheFirstRowsOfItsSetAsStreamsHaveThem) {
  Cell part = train_, far_part{"secret", "good"}, fresh{"fresh", "good"}, column{"pairs", "good"};
  part.items = {{1, 3}};
  far_part.items = {{0, 4}};
  column.column = "rejected";
  composition_.probes[0].cells = {train_, secret_, part, far_part, fresh, column};
  due("first", 5);
  const auto secrets = [&](size_t cell) {
    std::vector<int64_t> numbers;
    for (const Row& row : probes_[0]->seen.at(cell).rows) numbers.push_back(row.tokens[1]);
    return numbers;
  };
  EXPECT_THAT(secrets(0), ElementsAre(300, 301, 302));
  EXPECT_THAT(secrets(1), ElementsAre(400, 401, 402)) << "3 rows a cell, of 4";
  EXPECT_THAT(secrets(2), ElementsAre(301, 302)) << "the part is shorter";
  EXPECT_THAT(secrets(3), ElementsAre(400, 401, 402)) << "the part is longer";
  EXPECT_THAT(secrets(4), ElementsAre(100, 101, 102));
  EXPECT_THAT(secrets(5), ElementsAre(800, 801)) << "the set is shorter";
  EXPECT_EQ(probes_[0]->seen[0].rows[0].tokens[0], 1) << "behind good";
  EXPECT_EQ(probes_[0]->seen[1].rows[0].tokens[0], 2) << "behind bad";
}

TEST_F(EvaluatorTest, ACellIsToldWhichIsItsControlWhereTheProbeNeedsOne) {
  const auto controls = [&](const std::vector<ProbeCell>& cells) {
    std::vector<int64_t> numbers;
    for (const ProbeCell& cell : cells) {
      numbers.push_back(cell.control ? static_cast<int64_t>(*cell.control) : -1);
    }
    return numbers;
  };
  ComposedProbe& probe = composition_.probes[0];
  const Cell control{"control", "good"}, far_control{"control", "bad"};
  probe.cells = {train_, control, secret_, far_control};
  probe.regular_cells = 2;
  due("first", 5);
  EXPECT_THAT(controls(probes_[0]->seen), ElementsAre(-1, -1, -1, -1));
  probe.probe = by_hand::probe("often", "beside", {.needs_control = true}).probe;
  due("first", 5);
  EXPECT_THAT(controls(probes_[0]->seen), ElementsAre(1, 1, 3, 3));
  due("first", 2);
  EXPECT_THAT(controls(probes_[0]->seen), ElementsAre(1, 1)) << "of every evaluation";
}

TEST_F(EvaluatorTest, ARecordHasWhatWasMeasuredAndTheLeakWhereThereIsChance) {
  const Evaluator evaluator = this->evaluator();
  const Evaluation evaluation{"often", "first", 4, true, false, {{train_, -1.5, {1, 2}}}};
  EXPECT_EQ(to_json(evaluator.record(evaluation).to_value()),
            R"({"v":1,"record":"evaluation","phase":"first","step":4,"probe":"often",)"
            R"("regular":true,"end":false,"cells":[{"set":"train","prefix":"good","rows":2,)"
            R"("value":-1.5,"leak":0.5}]})");
  EXPECT_EQ(to_json(evaluator.items_record(evaluation, evaluation.values[0]).to_value()),
            R"({"v":1,"phase":"first","step":4,"probe":"often","set":"train","prefix":"good",)"
            R"("values":[1.0,2.0]})");
}

TEST_F(EvaluatorTest, ARecordHasAggregatesByNameAndWhatLiesAlongTheAxis) {
  const Composition composition = by_hand::measured_composition();
  const Evaluator evaluator(composition, task_, {probes_[0], probes_[1], probes_[2]});
  ProbeValue value{train_, 3, {}};
  value.aggregates = {5, 7};
  value.along = {{0, 1.5}, {2, 0.5}};
  const Value record = evaluator.record({"rank", "first", 0, true, false, {value}}).to_value();
  const Value& cell = record.items("cells")[0];
  EXPECT_EQ(to_json(cell.at("aggregates")), R"({"best":5.0,"spread":7.0})");
  EXPECT_EQ(to_json(cell.at("along")), "[[0.0,1.5],[2.0,0.5]]");
  EXPECT_EQ(cell.find("leak"), nullptr) << "a rank has no level of chance";
}

// Which phases are measured before their first step.

class ReadsStart : public EvaluatorTest {
 protected:
  static Measurement measurement(const std::string& phase, Endpoint at,
                                 Minus::Kind minus = Minus::Kind::nothing) {
    Measurement made;
    made.measure = "often";
    made.cells = {{"train", "good"}};
    made.phase = phase;
    made.at = at;
    made.minus.kind = minus;
    return made;
  }
  /// The phases whose start is read.
  std::vector<std::string> read() const {
    std::vector<std::string> names;
    for (const ComposedPhase& phase : composition_.phases) {
      if (reads_start(composition_, phase)) names.push_back(phase.name);
    }
    return names;
  }
};

TEST_F(ReadsStart, IsSoOfAnyClaimOrGateAndOfEachSide) {
  EXPECT_THAT(read(), IsEmpty());
  composition_.claim = measurement("second", Endpoint::end);
  EXPECT_THAT(read(), IsEmpty());
  composition_.claim->minus.kind = Minus::Kind::start;
  EXPECT_THAT(read(), ElementsAre("second"));
  composition_.claim = measurement("second", Endpoint::start);
  composition_.claim->minus.kind = Minus::Kind::other;
  composition_.claim->minus.phase = "first";
  EXPECT_THAT(read(), ElementsAre("first", "second"));
  composition_.claim.reset();
  composition_.further_claims = {measurement("first", Endpoint::start)};
  EXPECT_THAT(read(), ElementsAre("first"));
  composition_.further_claims.clear();
  composition_.phases[0].gates = {measurement("second", Endpoint::start)};
  EXPECT_THAT(read(), ElementsAre("second")) << "a gate of one phase may read another";
  composition_.phases[0].gates[0].not_applicable = "nothing is measured";
  EXPECT_THAT(read(), IsEmpty());
}

}  // namespace
}  // namespace leakprobe
