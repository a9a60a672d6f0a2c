#include "run/reached.h"

#include <gmock/gmock.h>

#include "records/run_state.h"
#include "run/stop.h"
#include "run/stub_engine.h"
#include "saved.h"

namespace leakprobe::run_test {
namespace {

using ::testing::HasSubstr;

/// The saved state of a run of the phases learn and again, 3 steps each, that was stopped after the
/// second step of the latter.
struct Saved {
  Saved() : composition(composed(phases(), more())) {
    script().write = [seen = 0](const Value& record) mutable {
      if (record.text("record") == "step" && ++seen == 5) request_stop();
    };
    EXPECT_EQ(run(composition, "reached").failure, "");
    script().write = Script().write;
    const SavedState state = SavedState::load(run_folder("reached") / "state.safetensors");
    ledger = facts_of(state, "ledger");
    evidence = facts_of(state, "evidence");
  }
  static std::string phases() {
    std::string text;
    for (const char* name : {"learn", "again"}) {
      text +=
          std::string("  - {name: ") + name +
          ", type: train, steps: 3, terms: {pairs: {rows: {a: {set: taught, prefix: near, "
          "repeat: 4}, b: {set: fresh, prefix: far}}}, watched: {objective: {type: up}, weight: "
          "0, rows: {set: taught, repeat: 4}}}}\n";
    }
    return text;
  }
  static std::string more() {
    return "probes: [{type: look, every: 2, rows: 2, sets: [taught], prefixes: [near]}]\n"
           "claim: {set: taught, phase: again, minus: start}\n";
  }

  Composition composition;
  Value ledger, evidence;
};

class Reached : public Engine {
 protected:
  /// What is said of a state that was changed, and that claims to go on in a phase with a step.
  std::string said(
      const std::function<void(Saved&)>& change = [](Saved&) {}, size_t phase = 1,
      int64_t step = 2) {
    Saved state = state_;
    change(state);
    return failure_of([&] {
      Evidence evidence(state.composition);
      evidence.restore(saved(state.evidence));
      require_reached(state.composition, phase, step, LedgerRecord::of(saved(state.ledger)),
                      evidence, {});
    });
  }
  const Saved state_;
};

TEST_F(Reached, AStateIsThatOfARunThatCameAsFar) { EXPECT_EQ(said(), ""); }

TEST_F(Reached, AnotherPlaceIsNotWhereItCame) {
  const auto nothing = [](Saved&) {};
  EXPECT_NE(said(nothing, 1, 1), "");
  EXPECT_NE(said(nothing, 1, 3), "");
  EXPECT_NE(said(nothing, 1, 0), "") << "of the phase nothing has been trained there";
  EXPECT_NE(said(nothing, 0, 2), "");
  EXPECT_NE(said(nothing, 2, 0), "") << "the end of the second phase was not measured";
}

/// The series of the probe's value in a phase.
Value& series(Saved& state, const std::string& phase) {
  for (Value& one : state.evidence.at("series").as_list()) {
    if (one.items("key")[1] == Value(phase)) return one;
  }
  throw Error("no such series");
}

struct Change {
  const char* name;
  std::function<void(Saved&)> change;
  const char* said;
};

class EachPart : public Reached, public testing::WithParamInterface<Change> {};

TEST_P(EachPart, ThatIsLackingOrWrongIsSaid) {
  EXPECT_THAT(said(GetParam().change), HasSubstr(GetParam().said));
}

Value& phase_of(Saved& state, size_t number) {
  return state.ledger.at("phases").as_list().at(number);
}

INSTANTIATE_TEST_SUITE_P(
    Reached, EachPart,
    testing::Values(
        Change{"a_phase_less", [](Saved& state) { state.ledger.at("phases").as_list().pop_back(); },
               "are not those that were trained by then"},
        Change{"another_phase", [](Saved& state) { phase_of(state, 0).set("phase", "again"); },
               "is not of the phase that was trained then"},
        Change{"more_pushed_up_than_steps",
               [](Saved& state) { phase_of(state, 0).set("pushed_up_steps", 4); },
               "phases[0].pushed_up_steps: is more than all steps"},
        Change{"a_step_less_of_the_present_phase",
               [](Saved& state) {
                 phase_of(state, 1).set("steps", 1);
                 state.ledger.set("steps", 4);
               },
               "are not those that were trained by then"},
        Change{"more_steps_of_a_phase_that_is_over_than_it_has",
               [](Saved& state) {
                 phase_of(state, 0).set("steps", 4);
                 state.ledger.set("steps", 6);
               },
               "are not those that were trained by then"},
        Change{"another_sum_of_steps", [](Saved& state) { state.ledger.set("steps", 6); },
               "is not their sum"},
        Change{"another_sum_of_steps_pushed_up",
               [](Saved& state) { state.ledger.set("pushed_up_steps", 1); }, "is not their sum"},
        Change{"no_column_of_a_term",
               [](Saved& state) { state.ledger.at("columns").as_list().pop_back(); },
               "has none of term pairs in phase again"},
        Change{"a_column_without_rows",
               [](Saved& state) {
                 state.ledger.at("columns").as_list()[0].set("sets", Value::list());
               },
               "has none of term pairs in phase learn"},
        Change{"no_start", [](Saved& state) { series(state, "again").set("start", nullptr); },
               "has no start of probe look in phase again"},
        Change{"no_start_of_the_first_phase",
               [](Saved& state) { series(state, "learn").set("start", nullptr); },
               "has no start of probe look in phase learn"},
        Change{"no_end_of_a_phase_that_is_over",
               [](Saved& state) { series(state, "learn").set("end", nullptr); },
               "has no end of probe look in phase learn"},
        Change{"no_maximum", [](Saved& state) { series(state, "again").set("best", nullptr); },
               "has no maximum of probe look in phase again"},
        Change{"no_metrics_of_a_term",
               [](Saved& state) { state.evidence.at("metrics").as_list().pop_back(); },
               "has none of term"},
        Change{"inherited_steps_that_are_in_no_sum",
               [](Saved& state) {
                 LedgerRecord ledger = LedgerRecord::of(state.ledger);
                 ledger.inherited.emplace_back().steps = 2;
                 state.ledger = ledger.to_value();
               },
               "is not their sum"}),
    [](const auto& change) { return std::string(change.param.name); });

TEST_F(Reached, TheStartOfALaterPhaseIsAskedForOnlyWhereSomethingReadsIt) {
  EXPECT_EQ(said([](Saved& state) {
              state.composition.claim->minus.kind = Minus::Kind::nothing;
              series(state, "again").set("start", nullptr);
            }),
            "");
}

}  // namespace
}  // namespace leakprobe::run_test
