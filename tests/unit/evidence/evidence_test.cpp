#include "evidence/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evidence/seen.h"
#include "saved.h"

namespace leakprobe {
namespace {

using by_hand::at_end;
using by_hand::at_start;
using by_hand::see;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointee;

class EvidenceTest : public testing::Test {
 protected:
  /// "value at step", or "nothing".
  static std::string read(const Evidence& evidence, const std::string& measure, const Cell& cell,
                          Endpoint at, const std::string& phase = "first") {
    const auto reading = evidence.read(measure, phase, cell, at);
    if (!reading) return "nothing";
    return to_json(reading->value) + " at " + std::to_string(reading->step);
  }
  std::string read(const std::string& measure, const Cell& cell, Endpoint at,
                   const std::string& phase = "first") const {
    return read(evidence_, measure, cell, at, phase);
  }

  Composition composition_ = by_hand::measured_composition();
  Evidence evidence_{composition_};
  const Cell train_{"train", "good"}, secret_{"secret", "good"};
};

TEST_F(EvidenceTest, EachEndpointIsItsOwnEvaluation) {
  see(evidence_, "likelihood", "first", train_,
      {at_start(-1), {0, -4}, {5, -3}, {7, -3.5}, at_end(-0.5)});
  EXPECT_EQ(read("likelihood", train_, Endpoint::start), "-1.0 at -1");
  EXPECT_EQ(read("likelihood", train_, Endpoint::end), "-0.5 at 9");
  EXPECT_EQ(read("likelihood", train_, Endpoint::maximum), "-3.0 at 5")
      << "start and end are no regular evaluations";
}

TEST_F(EvidenceTest, AnEndThatIsDueAnywayCountsForTheMaximum) {
  see(evidence_, "likelihood", "first", train_, {{0, -4}, {9, -3, true, true}});
  EXPECT_EQ(read("likelihood", train_, Endpoint::maximum), "-3.0 at 9");
  EXPECT_EQ(read("likelihood", train_, Endpoint::end), "-3.0 at 9");
}

TEST_F(EvidenceTest, WhatWasNotMeasuredIsNothing) {
  EXPECT_EQ(read("likelihood", train_, Endpoint::end), "nothing");
  see(evidence_, "likelihood", "first", train_, {at_end(-1)});
  EXPECT_EQ(read("likelihood", train_, Endpoint::start), "nothing");
  EXPECT_EQ(read("likelihood", train_, Endpoint::maximum), "nothing");
  EXPECT_EQ(evidence_.best_items("likelihood", "first", train_), nullptr);
  EXPECT_EQ(read("nonsense", train_, Endpoint::end), "nothing");
  EXPECT_EQ(read("rank/nonsense", train_, Endpoint::end), "nothing");
}

TEST_F(EvidenceTest, TheMaximumIsTheMostLeakInTheProbesDirection) {
  const std::vector<by_hand::Seen> seen = {{0, 0.6}, {2, 0.1}, {4, 0.9}, {6, 0.3}};
  for (const char* probe : {"likelihood", "rank", "area"}) {
    see(evidence_, probe, "first", train_, seen);
  }
  EXPECT_EQ(read("likelihood", train_, Endpoint::maximum), "0.9 at 4");
  EXPECT_EQ(read("rank", train_, Endpoint::maximum), "0.1 at 2");
  see(evidence_, "area", "second", train_, {{0, 0.55}, {2, 0.125}, {4, 0.75}});
  EXPECT_EQ(read("area", train_, Endpoint::maximum, "second"), "0.125 at 2")
      << "farther from 0.5 than 0.75 is";
}

TEST_F(EvidenceTest, OfEqualMaximaTheFirstCounts) {
  see(evidence_, "likelihood", "first", train_, {{0, -3}, {2, -3}});
  see(evidence_, "area", "first", train_, {{0, 0.75}, {2, 0.25}});
  EXPECT_EQ(read("likelihood", train_, Endpoint::maximum), "-3.0 at 0");
  EXPECT_EQ(read("area", train_, Endpoint::maximum), "0.75 at 0");
}

TEST_F(EvidenceTest, TheItemsOfTheBestEvaluationAreKept) {
  see(evidence_, "rank", "first", train_, {at_start(0), {0, 5}, {2, 3}, {4, 4}, at_end(1)});
  EXPECT_THAT(evidence_.best_items("rank", "first", train_), Pointee(ElementsAre(3, 2)));
}

TEST_F(EvidenceTest, AnAggregateHasItsOwnMaximumInItsOwnDirection) {
  see(evidence_, "rank", "first", train_, {at_start(7), {0, 5}, {2, 3}, at_end(9)});
  EXPECT_EQ(read("rank/best", train_, Endpoint::maximum), "3.0 at 2");
  EXPECT_EQ(read("rank/spread", train_, Endpoint::maximum), "10.0 at 0");
  EXPECT_EQ(read("rank/spread", train_, Endpoint::start), "14.0 at -1");
  EXPECT_EQ(read("rank/spread", train_, Endpoint::end), "18.0 at 9");
}

TEST_F(EvidenceTest, CellsAndPhasesAreKeptApart) {
  Cell part = train_, column{"pairs", "good"};
  part.items = {{1, 3}};
  column.column = "chosen";
  Cell other_column = column;
  other_column.column = "rejected";
  const std::vector<Cell> cells = {train_, part, {"train", "bad"}, secret_, column, other_column};
  for (size_t i = 0; i < cells.size(); ++i) {
    see(evidence_, "likelihood", "first", cells[i], {at_end(static_cast<double>(i))});
  }
  see(evidence_, "likelihood", "second", train_, {at_end(100)});
  see(evidence_, "rank", "first", train_, {at_end(200)});
  for (size_t i = 0; i < cells.size(); ++i) {
    EXPECT_EQ(read("likelihood", cells[i], Endpoint::end), std::to_string(i) + ".0 at 9");
  }
  EXPECT_EQ(read("likelihood", train_, Endpoint::end, "second"), "100.0 at 9");
  EXPECT_EQ(read("rank", train_, Endpoint::end), "200.0 at 9");
}

TEST_F(EvidenceTest, AProbeIsFoundByNameAndElseByTypeInThePhasesWhereItMeasures) {
  ComposedProbe late = by_hand::probe("late", "likelihood", {});
  late.phases = {"second"};
  ComposedProbe ranks = by_hand::probe("ranks", "rank", {});
  composition_.probes.insert(composition_.probes.begin(), {late, ranks});
  EXPECT_EQ(evidence_.probe_of("likelihood", "first")->name, "likelihood");
  EXPECT_EQ(evidence_.probe_of("likelihood", "second")->name, "likelihood") << "its name decides";
  EXPECT_EQ(evidence_.probe_of("rank", "first")->name, "rank");
  composition_.probes.erase(composition_.probes.begin() + 2, composition_.probes.end());
  EXPECT_EQ(evidence_.probe_of("likelihood", "first"), nullptr);
  EXPECT_EQ(evidence_.probe_of("likelihood", "second")->name, "late");
  EXPECT_EQ(evidence_.probe_of("rank", "first")->name, "ranks");
}

TEST_F(EvidenceTest, OfATermsMetricsTheFirstStepAndTheMeanOfTheLastTenthCount) {
  composition_.phases[0].steps = 3;
  composition_.phases[1].steps = 20;
  evidence_.add_step("first", 0, "dpo", {{"loss", 3}, {"margin", 0}});
  evidence_.add_step("first", 1, "dpo", {{"loss", 2}, {"margin", 1}});
  evidence_.add_step("first", 2, "dpo", {{"loss", 1}});
  evidence_.add_step("first", 0, "useful", {{"loss", 7}});
  for (int64_t step = 0; step < 20; ++step) {
    std::map<std::string, double> metrics = {{"loss", 20.0 - static_cast<double>(step)}};
    if (step % 2 == 1) metrics["gap"] = static_cast<double>(step);
    evidence_.add_step("second", step, "pg", metrics);
  }
  const auto metric = [&](const char* phase, const char* term, const char* name, Endpoint at) {
    return evidence_.metric(phase, term, name, at).value_or(-1);
  };
  EXPECT_EQ(metric("first", "dpo", "loss", Endpoint::start), 3);
  EXPECT_EQ(metric("first", "dpo", "loss", Endpoint::end), 1) << "a tenth is one step at least";
  EXPECT_EQ(metric("first", "dpo", "margin", Endpoint::start), 0);
  EXPECT_EQ(metric("first", "dpo", "margin", Endpoint::end), -1) << "the last step had none";
  EXPECT_EQ(metric("first", "useful", "loss", Endpoint::start), 7);
  EXPECT_EQ(metric("second", "pg", "loss", Endpoint::start), 20);
  EXPECT_EQ(metric("second", "pg", "loss", Endpoint::end), 1.5) << "the mean of 2 and 1";
  EXPECT_EQ(metric("second", "pg", "gap", Endpoint::start), 1) << "the first step that had it";
  EXPECT_EQ(metric("second", "pg", "gap", Endpoint::end), 19) << "of the steps that had it";
  EXPECT_EQ(metric("second", "useful", "loss", Endpoint::end), -1);
}

// Saved and restored.

class SavedEvidence : public EvidenceTest {
 protected:
  SavedEvidence() { composition_.phases[0].steps = 30; }
  void begin(Evidence& evidence) const {
    see(evidence, "likelihood", "first", train_, {at_start(-1), {0, -4}, {2, -3}});
    see(evidence, "rank", "first", secret_, {at_start(7), {0, 5}, {2, 3}, at_end(1)});
    evidence.add_step("first", 0, "dpo", {{"loss", 3}});
    evidence.add_step("first", 1, "dpo", {{"loss", 0.1}, {"margin", 1}});
    evidence.add_step("first", 28, "dpo", {{"loss", 4}});
  }
  void go_on(Evidence& evidence) const {
    see(evidence, "likelihood", "first", train_, {{4, -3.5}, at_end(-1)});
    see(evidence, "rank", "first", secret_, {{4, 2}});
    evidence.add_step("first", 29, "dpo", {{"loss", 2}});
  }
};

TEST_F(SavedEvidence, GoesOnAsIfItHadNeverStopped) {
  Evidence undisturbed(composition_), before(composition_), after(composition_);
  begin(undisturbed);
  begin(before);
  after.restore(saved(before.state()));
  EXPECT_EQ(text_of_facts(after.state()), text_of_facts(before.state()));
  go_on(undisturbed);
  go_on(after);
  EXPECT_EQ(text_of_facts(after.state()), text_of_facts(undisturbed.state()));
  EXPECT_EQ(read(after, "likelihood", train_, Endpoint::maximum), "-3.0 at 2")
      << "the best may lie before";
  EXPECT_EQ(read(after, "likelihood", train_, Endpoint::start), "-1.0 at -1");
  EXPECT_EQ(read(after, "rank", secret_, Endpoint::maximum), "2.0 at 4") << "or after";
  EXPECT_THAT(after.best_items("likelihood", "first", train_), Pointee(ElementsAre(-3, 2)));
  EXPECT_THAT(after.best_items("rank", "first", secret_), Pointee(ElementsAre(2, 4)));
  EXPECT_EQ(after.metric("first", "dpo", "loss", Endpoint::start), 3);
  EXPECT_EQ(after.metric("first", "dpo", "loss", Endpoint::end), 3) << "the mean of 4 and 2";
}

TEST_F(SavedEvidence, TakesThePlaceOfAllThatWasThere) {
  Evidence before(composition_), used(composition_);
  begin(before);
  begin(used);
  see(used, "area", "second", secret_, {{0, 1}});
  used.add_step("second", 0, "dpo", {{"loss", 5}});
  used.restore(saved(before.state()));
  EXPECT_EQ(text_of_facts(used.state()), text_of_facts(before.state()));
}

struct Damage {
  const char* name;
  std::function<void(Value&)> change;
  const char* said;
};

Value& series(Value& state, size_t number) { return state.at("series").as_list().at(number); }

class DamagedEvidence : public SavedEvidence, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedEvidence, IsRefusedWithItsPlace) {
  Evidence before(composition_), after(composition_);
  begin(before);
  Value state = before.state();
  GetParam().change(state);
  EXPECT_THAT(failure_of([&] { after.restore(saved(state)); }), HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Evidence, DamagedEvidence,
    testing::Values(
        Damage{"no_series", [](Value& state) { state.erase("series"); }, "series"},
        Damage{"no_metrics", [](Value& state) { state.erase("metrics"); }, "metrics"},
        Damage{"a_series_of_nothing", [](Value& state) { series(state, 1).erase("key"); }, "key"},
        Damage{"a_name_that_is_a_number",
               [](Value& state) { series(state, 1).at("key").as_list()[2] = 5; },
               "series[1].key[2]"},
        Damage{"a_reading_without_step",
               [](Value& state) { series(state, 0).at("start").erase("step"); }, "step"},
        Damage{"a_value_in_words",
               [](Value& state) { series(state, 0).at("best").set("value", "high"); },
               "series[0].best.value"},
        Damage{"no_items", [](Value& state) { series(state, 0).erase("best_items"); },
               "best_items"},
        Damage{"an_item_in_words",
               [](Value& state) { series(state, 0).at("best_items").as_list()[1] = "x"; },
               "series[0].best_items[1]"},
        Damage{"a_metric_of_no_term",
               [](Value& state) { state.at("metrics").as_list()[0].erase("term"); }, "term"},
        Damage{"a_metric_in_words",
               [](Value& state) { state.at("metrics").as_list()[0].at("late").set("loss", "x"); },
               "metrics[0].late.loss"},
        Damage{"a_mean_of_no_steps",
               [](Value& state) {
                 state.at("metrics").as_list()[0].at("late").at("loss").set("count", 0);
               },
               "metrics[0].late.loss.count"}),
    [](const auto& damage) { return std::string(damage.param.name); });

}  // namespace
}  // namespace leakprobe
