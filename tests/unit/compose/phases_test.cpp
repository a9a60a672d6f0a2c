#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/stub_plugins.h"

namespace leakprobe::compose_test {
namespace {

Composition good(const std::string& phases, const std::string& more = "") {
  Diagnostics diagnostics;
  auto composition = composed(experiment(phases, more), diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) ADD_FAILURE() << diagnostic.text();
  return composition ? *std::move(composition) : Composition();
}

TEST(Phases, StepsGoOnceThroughTheLongestFiniteStream) {
  const Composition made = good(
      "  - {type: train, batch: 3, terms: {a: {rows: {set: taught, repeat: 5}}, b: {rows: {set: "
      "fresh}}}}\n");
  ASSERT_EQ(made.phases.size(), 1u);
  EXPECT_EQ(made.phases[0].steps, 7);
  EXPECT_EQ(made.phases[0].terms[0].items, 20);
  EXPECT_TRUE(made.phases[0].terms[0].finite);
  EXPECT_EQ(made.phases[0].terms[1].items, 20);
  EXPECT_FALSE(made.phases[0].terms[1].finite);
}

TEST(Phases, ATermOfWeight0CountsForTheLength) {
  const Composition made = good(
      "  - {type: train, batch: 4, terms: {a: {rows: {set: taught, repeat: 5}, weight: 0}, b: "
      "{rows: {set: fresh}}}}\n");
  ASSERT_EQ(made.phases.size(), 1u);
  EXPECT_EQ(made.phases[0].steps, 5);
}

TEST(Phases, TermsHaveBatchesOfTheirOwn) {
  const Composition made = good(
      "  - {type: train, terms: {forget: {rows: {set: taught, repeat: 6}, batch: 8}, retain: "
      "{rows: {set: fresh}, batch: 32}}}\n");
  ASSERT_EQ(made.phases.size(), 1u);
  EXPECT_EQ(made.phases[0].steps, 3);
  EXPECT_EQ(made.phases[0].terms[1].items, 96);
}

TEST(Phases, WhatIsShuffledWithoutAnEndHasAllRowsInIt) {
  const auto items_of = [](const std::string& rows) {
    const Composition made =
        good("  - {type: train, steps: 2, batch: 1, terms: {a: {rows: " + rows + "}}}\n");
    return made.phases.at(0).terms.at(0).items;
  };
  EXPECT_EQ(items_of("{set: taught}"), 4);
  EXPECT_EQ(items_of("{set: taught, items: [1, 4]}"), 3);
  EXPECT_EQ(items_of("{set: taught, order: given}"), 2);
  EXPECT_EQ(items_of("{set: fresh}"), 2);
}

TEST(Phases, EqualPassesOfDifferentBatchesAgree) {
  const Composition made = good(
      "  - {type: train, terms: {a: {rows: {set: taught, count: 10}, batch: 2}, b: {rows: {set: "
      "fresh, count: 20}, batch: 4}}}\n");
  ASSERT_EQ(made.phases.size(), 1u);
  EXPECT_EQ(made.phases[0].steps, 5);
}

TEST(Phases, FromIsThePhaseBeforeThatIsNotSkipped) {
  const std::string term = "terms: {a: {rows: {set: fresh, count: 8}}}";
  const Composition made =
      good("  - {name: one, type: train, " + term + "}\n  - {name: two, type: train, skip: true, " +
           term + "}\n  - {name: three, type: train, " + term + "}\n");
  ASSERT_EQ(made.phases.size(), 2u);
  EXPECT_EQ(made.phases[0].from.phase, "initial");
  EXPECT_EQ(made.phases[1].from.phase, "one");
}

TEST(Phases, ReferenceIsTheStartWhereItIsNotGiven) {
  const Composition made = good(
      "  - {type: train, from: {run: earlier, phase: x}, terms: {a: {objective: {type: prefer}, "
      "rows: {set: pairs, repeat: 2}}}}\n");
  ASSERT_EQ(made.phases.size(), 1u);
  const ComposedTerm& term = made.phases[0].terms[0];
  EXPECT_EQ(term.term.reference, made.phases[0].from);
  EXPECT_TRUE(term.term.reference.run.ends_with("/earlier"));
  ASSERT_EQ(term.term.stream.columns.size(), 2u);
  EXPECT_EQ(term.term.stream.columns[1].name, "rejected");
  EXPECT_EQ(term.term.stream.columns[1].sources[0].column, "rejected");
  EXPECT_EQ(term.items, 12);
}

TEST(Phases, OneColumnOfPairsServesAnObjectiveOfOneColumn) {
  const Composition made = good(
      "  - {type: train, terms: {a: {objective: {type: down}, rows: {set: pairs.rejected, repeat: "
      "2}}}}\n");
  ASSERT_EQ(made.phases.size(), 1u);
  EXPECT_EQ(made.phases[0].terms[0].term.stream.columns[0].sources[0].column, "rejected");
}

TEST(Phases, OptimizerTakesOverTheExperimentsOptionsForTheSameType) {
  const std::string term = ", terms: {a: {rows: {set: fresh, count: 8}}}}\n";
  const Composition made = good("  - {name: a, type: train, optimizer: {lr: 0.5}" + term +
                                    "  - {name: b, type: train, optimizer: {type: other}" + term,
                                "optimizer: {decay: 0.25}\n");
  ASSERT_EQ(made.phases.size(), 2u);
  EXPECT_EQ(made.phases[0].optimizer->resolved.find("decay")->as_number(), 0.25);
  EXPECT_EQ(made.phases[0].optimizer->resolved.find("lr")->as_number(), 0.5);
  EXPECT_EQ(made.phases[1].optimizer->resolved.find("decay")->as_number(), 0.0);
}

TEST(Phases, ATermThatGoesOnIsComparedWithWhatItWasUnlessAnotherIsNamed) {
  const auto warnings = [](const std::string& second, const std::string& third) {
    const std::string term = "t: {objective: {type: prefer}, rows: both";
    Diagnostics diagnostics;
    EXPECT_TRUE(composed(
        experiment("  - {name: a, type: train, terms: {t: {rows: {set: taught, repeat: 1}}}}\n"
                   "  - {name: b, type: train, terms: {" +
                       term + second +
                       "}}}\n"
                       "  - {name: c, type: train, terms: {" +
                       term + third + "}}}\n",
                   "streams: {both: {chosen: {set: fresh}, rejected: {set: taught, repeat: 1}}}\n"),
        diagnostics));
    std::string all;
    for (const Diagnostic& each : diagnostics.sorted()) all += each.text() + "\n";
    return all;
  };
  const std::string warned =
      "phases.c.terms.t: without 'reference' this term compares with 'b', where the phase starts, "
      "and phase 'b' compared stream 'both' with 'a'\n    hint: say with 'reference' which of them "
      "is meant\n";
  EXPECT_THAT(warnings(", reference: a", ""), ::testing::EndsWith("warning: " + warned));
  EXPECT_THAT(warnings("", ""), ::testing::EndsWith("warning: " + warned)) << "a, where b starts";
  for (const std::string third : {", reference: a", ", reference: b", ", weight: 0"}) {
    EXPECT_EQ(warnings(", reference: a", third), "") << third;
  }
}

TEST(Phases, AGateThatComparesWithWhatTheTaskLacksDoesNotApply) {
  Diagnostics diagnostics;
  const auto made = composed(
      "model: {type: net}\ntask: {type: words, control: false}\nphases:\n  - {type: train, terms: "
      "{a: {rows: {set: fresh, count: 8}}}}\n",
      diagnostics);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->phases[0].gates[0].not_applicable, "the task has no control set");
  EXPECT_EQ(made->phases[0].gates[1].not_applicable, "the task has no chance level");
  EXPECT_TRUE(made->probes.empty());
}

TEST(Phases, GatesGetAProbeAtTheEndsWhereTheFileHasNone) {
  const Composition made = good(
      "  - {name: a, type: train, terms: {a: {rows: {set: fresh, count: 8}}}}\n"
      "  - {name: b, type: train, terms: {a: {rows: {set: fresh, count: 8}}}}\n",
      "probes: [{type: size, every: 2, phases: [a], sets: [secret], prefixes: [near]}]\n");
  ASSERT_EQ(made.probes.size(), 2u);
  const std::vector<Cell> needed = {{"taught", "far"}, {"control", "far"}};
  EXPECT_EQ(made.probes[0].cells, (std::vector<Cell>{{"secret", "near"}, needed[0], needed[1]}));
  EXPECT_EQ(made.probes[0].regular_cells, 1u) << "what only gates need is measured at the ends";
  EXPECT_EQ(made.probes[1].name, "size_ends");
  EXPECT_EQ(made.probes[1].cells, needed);
  EXPECT_EQ(made.probes[1].every, 0);
  EXPECT_EQ(made.probes[1].phases, std::vector<std::string>{"b"});
  EXPECT_TRUE(made.probes[1].added);
}

TEST(Phases, AProbeThatNeedsTheControlHasItBehindEachPrefixAndAsOften) {
  const Composition made = good(
      "  - {name: a, type: train, terms: {a: {rows: {set: fresh, count: 8}}}}\n",
      "probes: [{type: beside, every: 2, sets: [secret, pairs.chosen], prefixes: [near]}]\n"
      "claim: {measure: beside, set: taught, prefix: far, phase: a, at: end, minus: nothing}\n");
  ASSERT_FALSE(made.probes.empty());
  Cell chosen{"pairs", "near"};
  chosen.column = "chosen";
  EXPECT_EQ(
      made.probes[0].cells,
      (std::vector<Cell>{
          {"secret", "near"}, chosen, {"control", "near"}, {"taught", "far"}, {"control", "far"}}));
  EXPECT_EQ(made.probes[0].regular_cells, 3u);
}

TEST(Phases, AProbeThatNeedsAControlWhichIsNotThereIsAMistake) {
  EXPECT_EQ(errors_of("model: {type: net}\ntask: {type: words, control: false}\n"
                      "probes: [{type: beside, sets: [secret]}]\nphases:\n  - {type: train, terms: "
                      "{a: {rows: {set: fresh, count: 8}}}}\n"),
            "e.yaml:3:10: error: probes.beside: the task has no control set, and probe 'beside' "
            "compares rows with its control\n");
}

TEST(Phases, APlanThatFailsIsAMistakeAtThePhasesPlace) {
  EXPECT_EQ(errors_of(experiment("  - {type: train, broken: true, terms: {a: {rows: {set: fresh, "
                                 "count: 8}}}}\n")),
            "e.yaml:4:5: error: phases.train: plugin 'train': no plan today\n");
}

TEST(Phases, APhaseThatIsWrongIsStillThereForOthers) {
  EXPECT_EQ(errors_of(experiment(
                "  - {name: a, type: train, terms: {a: {rows: {set: fresh, count: 0}}}}\n"
                "  - {name: b, type: train, from: a, terms: {a: {rows: {set: fresh, count: 8}}}}\n",
                "claim: {measure: size, set: secret, phase: a}\n")),
            "e.yaml:5:66: error: phases.a.terms.a.rows.count: must be from 1 to 1099511627776, "
            "found the number 0\n");
}

TEST(Phases, FactsThatFailAreAMistakeAtTheTasksPlace) {
  EXPECT_EQ(errors_of("model: {type: net}\ntask: {type: words, broken: true}\nphases:\n  - {type: "
                      "look}\n"),
            "e.yaml:2:7: error: task: words.txt: there is no such file\n");
}

}  // namespace
}  // namespace leakprobe::compose_test
