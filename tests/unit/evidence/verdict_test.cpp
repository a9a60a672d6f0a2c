#include "evidence/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "evidence/seen.h"

namespace leakprobe {
namespace {

using by_hand::at_end;
using by_hand::at_start;
using by_hand::see;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A measured composition, with gates and claims that a test adds.
class VerdictTest : public testing::Test {
 protected:
  /// The gate `low` of phase first over cells of probe likelihood at the end.
  static Measurement gate(Bound bound, std::vector<Cell> cells) {
    Measurement gate;
    gate.name = "low";
    gate.measure = "likelihood";
    gate.cells = std::move(cells);
    gate.phase = "first";
    gate.bound = bound;
    return gate;
  }
  /// The claim on train behind good by likelihood at the end of phase first.
  static Measurement claim(Minus::Kind minus = Minus::Kind::nothing) {
    Measurement claim;
    claim.name = "claim";
    claim.measure = "likelihood";
    claim.cells = {{"train", "good"}};
    claim.phase = "first";
    claim.minus.kind = minus;
    return claim;
  }
  void add_gate(Measurement gate) { composition_.phases[0].gates.push_back(std::move(gate)); }
  void see_at_end(const Cell& cell, double value, const std::string& phase = "first") {
    see(evidence_, "likelihood", phase, cell, {at_end(value)});
  }
  /// One step of phase first in which a protected row was pushed up, or not.
  void step(bool pushed_up) {
    const TaskFacts& facts = composition_.task.facts();
    Source source;
    source.set = "secret";
    source.prefix = "good";
    const size_t column = ledger_.open(composition_.phases[0], by_hand::term("t", Sign::negative),
                                       "text", Sign::negative);
    ledger_.record(column, {&source, facts.find("secret"), 0}, task_.row({source, 0}, Random(0, 0)),
                   std::vector{pushed_up ? -1.0 : 1.0});
    ledger_.end_step("first", ledger_.steps());
  }

  Value result(std::optional<int64_t> limit = {}) const {
    return make_result(composition_, evidence_, ledger_, limit).to_value();
  }
  /// The outcome of the gate `low`.
  GateOutcome outcome() const { return judge_gates(composition_, evidence_, ledger_).front(); }
  /// A number of the claim; NaN where it has none.
  double number(const char* key) const {
    return result().at("claim").find_number(key).value_or(kNan);
  }
  std::vector<std::string> reasons(const Value& result) const {
    std::vector<std::string> reasons;
    for (const Value& reason : result.items("reasons")) reasons.push_back(reason.as_string());
    return reasons;
  }

  Composition composition_ = by_hand::measured_composition();
  by_hand::NumberedTask task_{composition_.task.facts()};
  Evidence evidence_{composition_};
  Ledger ledger_{composition_, by_hand::watched(composition_, task_)};
  const Cell train_{"train", "good"}, secret_{"secret", "good"}, control_{"control", "good"};
};

// Gates.

TEST_F(VerdictTest, AGateOverSeveralCellsTakesTheOneNearestToFailing) {
  struct Case {
    Bound::Kind kind;
    double bound, first, second;
    double taken;
    bool holds;
  };
  using Kind = Bound::Kind;
  for (const Case& one :
       {Case{Kind::above, 1, 3, 2, 2, true}, Case{Kind::above, 1, 2, 3, 2, true},
        Case{Kind::above, 1, 3, 0.5, 0.5, false}, Case{Kind::below, -1, -3, -2, -2, true},
        Case{Kind::below, -1, 0, -2, 0, false}, Case{Kind::within, 1, 0.5, -0.75, -0.75, true},
        Case{Kind::within, 1, -2, 1, -2, false}}) {
    SCOPED_TRACE((Bound{one.kind, one.bound}.text()));
    composition_.phases[0].gates.clear();
    add_gate(gate({one.kind, one.bound}, {train_, secret_}));
    see_at_end(train_, one.first);
    see_at_end(secret_, one.second);
    const GateOutcome found = outcome();
    EXPECT_EQ(found.value, one.taken);
    EXPECT_EQ(found.outcome,
              one.holds ? GateOutcome::Outcome::passed : GateOutcome::Outcome::failed);
    EXPECT_EQ(found.note,
              one.taken == one.first ? "train with prefix good" : "secret with prefix good");
  }
}

TEST_F(VerdictTest, AboveAndBelowAreStrictAndWithinIsNot) {
  const auto holds = [&](Bound::Kind kind, double bound, double value) {
    composition_.phases[0].gates = {gate({kind, bound}, {train_})};
    see_at_end(train_, value);
    return outcome().outcome == GateOutcome::Outcome::passed;
  };
  EXPECT_FALSE(holds(Bound::Kind::above, 1, 1));
  EXPECT_TRUE(holds(Bound::Kind::above, 1, 1.001));
  EXPECT_FALSE(holds(Bound::Kind::below, 1, 1));
  EXPECT_TRUE(holds(Bound::Kind::below, 1, 0.999));
  EXPECT_TRUE(holds(Bound::Kind::within, 1, 1));
  EXPECT_TRUE(holds(Bound::Kind::within, 1, -1));
  EXPECT_FALSE(holds(Bound::Kind::within, 1, -1.001));
}

TEST_F(VerdictTest, AGateTakesOffWhatItIsToldBeforeItCompares) {
  Measurement gate = this->gate({Bound::Kind::below, -1}, {train_, secret_});
  gate.minus.kind = Minus::Kind::control;
  add_gate(gate);
  see_at_end(train_, -5);
  see_at_end(secret_, -4);
  see_at_end(control_, -2);
  EXPECT_EQ(outcome().value, -2) << "secret, nearer to its bound";
  EXPECT_EQ(outcome().note, "secret with prefix good, less control");
  EXPECT_EQ(outcome().unit, "nats per token");
}

TEST_F(VerdictTest, AGateOfWhichACellWasNotMeasuredHasNotBeenPassed) {
  add_gate(gate({Bound::Kind::below, 0}, {train_, secret_}));
  see_at_end(train_, -5);
  EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::failed);
  EXPECT_EQ(outcome().value, std::nullopt);
  EXPECT_EQ(outcome().note, "was not measured");
  EXPECT_EQ(result().text("verdict"), "INVALID");
  EXPECT_THAT(reasons(result()), ElementsAre("gate first.low was not measured, must be below 0"));
}

TEST_F(VerdictTest, AGateWithANaNInAnyOfItsCellsHasNotBeenPassed) {
  for (const bool first : {true, false}) {
    composition_.phases[0].gates = {gate({Bound::Kind::below, 0}, {train_, secret_})};
    see_at_end(train_, first ? kNan : -5);
    see_at_end(secret_, first ? -5 : kNan);
    EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::failed);
    const Value found = result();
    EXPECT_EQ(found.text("verdict"), "INVALID");
    EXPECT_TRUE(found.items("gates")[0].at("value").is_null()) << "JSON has no NaN";
    EXPECT_THAT(reasons(found),
                ElementsAre("gate first.low is not a finite number, must be below 0"));
  }
}

TEST_F(VerdictTest, AGateThatDoesNotApplySaysWhyAndDecidesNothing) {
  Measurement gate = this->gate({Bound::Kind::below, -100}, {train_});
  gate.not_applicable = "nothing is pushed down";
  add_gate(gate);
  composition_.phases[0].waived = {"low"};
  see_at_end(train_, 0);
  EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::not_applicable);
  EXPECT_EQ(outcome().value, std::nullopt);
  EXPECT_EQ(outcome().note, "nothing is pushed down");
  EXPECT_EQ(result().text("verdict"), "VALID");
}

TEST_F(VerdictTest, AWaivedGateIsMeasuredAndDecidesNothing) {
  add_gate(gate({Bound::Kind::below, -100}, {train_}));
  add_gate(gate({Bound::Kind::below, -100}, {train_}));
  composition_.phases[0].gates[1].name = "other";
  composition_.phases[0].waived = {"low"};
  see_at_end(train_, -5);
  EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::waived);
  EXPECT_EQ(outcome().value, -5);
  EXPECT_FALSE(outcome().held);
  EXPECT_THAT(reasons(result()), ElementsAre("gate first.other is -5.000, must be below -100"));
  composition_.phases[0].waived = {"low", "other"};
  EXPECT_EQ(result().text("verdict"), "VALID");
}

TEST_F(VerdictTest, AWaivedGateThatMissedItsBoundStandsBesideWhatIsConcluded) {
  composition_.claim = claim(Minus::Kind::chance);
  composition_.further_claims = {claim()};
  const auto caveats = [&] { return to_json(result().at("claim").at("caveats")); };
  const auto held = [&] { return result().items("gates")[0].find_boolean("held"); };
  see_at_end(train_, -5);
  step(false);
  add_gate(gate({Bound::Kind::below, 0}, {train_}));
  composition_.phases[0].waived = {"low"};
  EXPECT_EQ(caveats(), "[]");
  EXPECT_EQ(held(), true);
  composition_.phases[0].gates[0].bound->value = -100;
  EXPECT_EQ(held(), false);
  EXPECT_EQ(caveats(),
            R"(["But a waived gate missed its bound, so that this may mean nothing: first.low is )"
            R"(-5.000, must be below -100."])");
  EXPECT_EQ(result().items("further_claims")[0].items("caveats").size(), 1u);
  add_gate(composition_.phases[0].gates[0]);
  EXPECT_THAT(caveats(), HasSubstr("But waived gates missed their bounds, so that this may mean "
                                   "nothing: first.low is -5.000, must be below -100; first.low "));
}

TEST_F(VerdictTest, AClaimAboutHeldOutRowsThatNoLossHadSaysThatNothingPushedThemDown) {
  composition_.claim = claim(Minus::Kind::chance);
  composition_.claim->cells = {secret_};
  const auto caveats = [&] { return to_json(result().at("claim").at("caveats")); };
  see_at_end(train_, -5);
  see_at_end(secret_, -5);
  EXPECT_EQ(caveats(),
            R"(["But no row of 'secret' ever reached a loss: nothing pushed them down."])");
  step(false);
  EXPECT_EQ(caveats(), "[]");
}

TEST_F(VerdictTest, ThatNoLossHadTheClaimedRowsIsSaidThoughOneHadOtherHeldOutRows) {
  composition_.claim = claim(Minus::Kind::chance);
  const auto caveats = [&](const Cell& cell) {
    composition_.claim->cells = {cell};
    return result().at("claim").items("caveats").size();
  };
  step(false);  // with row 0 of secret
  Cell beginning = secret_, rest = secret_;
  beginning.items = {{0, 1}};
  rest.items = {{1, 4}};
  EXPECT_EQ(caveats(Cell(RowsOf{"pairs", "rejected", "good"})), 1u);
  EXPECT_EQ(caveats(secret_), 0u);
  EXPECT_EQ(caveats(beginning), 0u);
  EXPECT_EQ(caveats(rest), 1u) << "another part of the set";
}

TEST_F(VerdictTest, WhereALossHadThemUnderAnotherNameNobodyKnowsWhoseRowsTheyWere) {
  composition_.claim = claim(Minus::Kind::chance);
  composition_.claim->cells = {Cell(RowsOf{"pairs", "rejected", "good"})};
  task_.shared = [](const RowRequest& request) -> std::optional<int64_t> {
    if (request.set == "train" || request.set == "secret") return 5;
    return std::nullopt;
  };
  Ledger ledger(composition_, by_hand::watched(composition_, task_));
  Source train;
  train.set = "train";
  train.prefix = "good";
  const size_t column = ledger.open(composition_.phases[0], by_hand::term("t", Sign::negative),
                                    "text", Sign::negative);
  ledger.record(column, {&train, composition_.task.facts().find("train"), 0},
                task_.row({train, 0}, Random(0, 0)), std::vector{1.0});
  EXPECT_EQ(ledger.protected_uses(), 1);
  const Value found = make_result(composition_, evidence_, ledger, {}).to_value();
  EXPECT_EQ(to_json(found.at("claim").at("caveats")), "[]");
}

TEST_F(VerdictTest, OfRowsThatMayBePushedUpNobodyExpectsThatALossHadThem) {
  composition_.claim = claim(Minus::Kind::chance);
  see_at_end(train_, -5);
  EXPECT_EQ(to_json(result().at("claim").at("caveats")), "[]");
}

TEST_F(VerdictTest, AGateThatFailedSaysWhatToTry) {
  add_gate(gate({Bound::Kind::below, 0}, {train_}));
  composition_.phases[0].gates[0].remedy = "more steps";
  const auto remedy = [&] { return result().items("gates")[0].find_text("remedy"); };
  EXPECT_EQ(remedy(), "") << "what was not measured is broken otherwise";
  see_at_end(train_, -5);
  EXPECT_EQ(remedy(), "");
  see_at_end(train_, 5);
  EXPECT_EQ(remedy(), "more steps");
}

TEST_F(VerdictTest, AGateReadsAMetricOfATermAtItsEndpoint) {
  Measurement gate = this->gate({Bound::Kind::above, 1}, {});
  gate.measure = "margin";
  gate.term = "dpo";
  gate.meaning = "nats a row";
  add_gate(gate);
  composition_.phases[0].steps = 2;
  EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::failed) << "there is none yet";
  evidence_.add_step("first", 0, "dpo", {{"margin", 0.5}});
  evidence_.add_step("first", 1, "dpo", {{"margin", 2}});
  EXPECT_EQ(outcome().value, 2);
  EXPECT_EQ(outcome().note, "nats a row");
  EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::passed);
  EXPECT_EQ(outcome().unit, "");
  EXPECT_TRUE(result().items("gates")[0].at("unit").is_null());
  composition_.phases[0].gates[0].at = Endpoint::start;
  EXPECT_EQ(outcome().value, 0.5);
}

TEST_F(VerdictTest, TheGatesOfAllPhasesStandInTheirOrderBeforeTheLedgers) {
  add_gate(gate({Bound::Kind::below, 0}, {train_}));
  composition_.phases[1].gates = {gate({Bound::Kind::below, 0}, {train_})};
  composition_.phases[1].gates[0].phase = "second";
  see_at_end(train_, -1);
  see_at_end(train_, -2, "second");
  const std::vector<GateOutcome> found = judge_gates(composition_, evidence_, ledger_);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].value, -1);
  EXPECT_EQ(found[1].phase, "second");
  EXPECT_EQ(found[1].value, -2);
  EXPECT_EQ(found[2].name, "never_pushed_up");
}

// The ledger's gate.

TEST_F(VerdictTest, OneStepThatPushesAProtectedRowUpMakesTheRunInvalid) {
  step(false);
  step(false);
  EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::passed);
  EXPECT_EQ(result().text("verdict"), "VALID");
  step(true);
  step(false);
  EXPECT_EQ(outcome().outcome, GateOutcome::Outcome::failed);
  EXPECT_EQ(outcome().value, 0.25);
  EXPECT_EQ(result().text("verdict"), "INVALID");
  EXPECT_THAT(reasons(result()), ElementsAre("gate never_pushed_up is 0.250, must be 0"));
  const Value ledger = result().at("ledger");
  EXPECT_EQ(ledger.integer("pushed_up_steps"), 1);
  EXPECT_EQ(ledger.integer("steps"), 4);
  EXPECT_EQ(ledger.integer("protected_uses"), 4);
  EXPECT_EQ(ledger.integer("protected_rows"), 10);
}

TEST_F(VerdictTest, WithoutProtectedRowsTheLedgersGateDoesNotApplyAndSaysWhy) {
  const auto judged = [&](TaskFacts task) {
    const Composition composition = by_hand::measured_composition(task);
    const Evidence evidence(composition);
    const by_hand::NumberedTask rows(task);
    const Ledger ledger(composition, by_hand::watched(composition, rows));
    return judge_gates(composition, evidence, ledger).front();
  };
  TaskFacts none, fresh;
  none.sets = {by_hand::set("train", 3)};
  fresh.sets = {by_hand::set("drawn", std::nullopt, Role::Kind::never_positive)};
  EXPECT_EQ(judged(none).outcome, GateOutcome::Outcome::not_applicable);
  EXPECT_EQ(judged(none).note, "no set has the role never_positive");
  EXPECT_EQ(judged(fresh).outcome, GateOutcome::Outcome::passed)
      << "fresh rows are watched by the set that they come under";
}

TEST_F(VerdictTest, TheLedgersGateSaysWhereWhichRolesHold) {
  const std::string note = outcome().note;
  EXPECT_THAT(note, HasSubstr("'secret', 'mixed' behind prefix 'good', 'late' from phase second "
                              "on, 'pairs.rejected')"));
  TaskFacts task;
  task.sets = {by_hand::set("mixed", 2, Role::Kind::never_positive)};
  task.prefixes = {"good", "bad", "third"};
  task.sets[0].role.prefixes = {"good", "bad"};
  task.sets[0].role.from = "second";
  const Composition composition = by_hand::measured_composition(task);
  const by_hand::NumberedTask rows(task);
  const Evidence evidence(composition);
  const Ledger ledger(composition, by_hand::watched(composition, rows));
  EXPECT_EQ(judge_gates(composition, evidence, ledger).front().note,
            "share of steps in which a protected row was pushed up behind prefix 'good' or 'bad' "
            "from phase second on");
}

// The verdict's words.

TEST_F(VerdictTest, ARunWithoutClaimsIsJudgedByItsGatesAlone) {
  const Value found = result();
  EXPECT_EQ(found.text("verdict"), "VALID");
  EXPECT_TRUE(found.at("claim").is_null());
  EXPECT_EQ(found.find("further_claims"), nullptr);
  EXPECT_EQ(status_of(value_of<Verdict>(found.text("verdict")).value()), host::RunStatus::valid);
}

TEST_F(VerdictTest, AClaimThatWasNotMeasuredMakesTheRunInvalid) {
  composition_.claim = claim(Minus::Kind::control);
  see_at_end(train_, -1);  // but not the control
  const Value found = result();
  EXPECT_EQ(found.text("verdict"), "INVALID");
  EXPECT_EQ(status_of(value_of<Verdict>(found.text("verdict")).value()), host::RunStatus::invalid);
  EXPECT_THAT(reasons(found), ElementsAre("the claim was not measured"));
  EXPECT_EQ(found.at("claim").text("conclusion"), "No conclusion: the run is not VALID.");
}

TEST_F(VerdictTest, ALimitedRunIsNoResultWhateverItsGatesSay) {
  composition_.claim = claim(Minus::Kind::chance);
  see_at_end(train_, -1);
  step(true);
  for (const int64_t limit : {1, 3}) {
    const Value found = result(limit);
    EXPECT_EQ(found.text("verdict"), "NONE");
    EXPECT_EQ(status_of(value_of<Verdict>(found.text("verdict")).value()),
              host::RunStatus::limited);
    EXPECT_THAT(reasons(found),
                ElementsAre("limited to " + std::string(limit == 1 ? "1 step" : "3 steps") +
                            " a phase: this is no result"));
    EXPECT_EQ(found.at("claim").text("conclusion"), "No conclusion: the run is not VALID.");
  }
}

TEST_F(VerdictTest, AnInvalidRunConcludesNothingFromAnyOfItsClaims) {
  composition_.claim = claim(Minus::Kind::chance);
  composition_.further_claims = {claim()};
  composition_.further_claims[0].name = "other";
  see_at_end(train_, -1);
  EXPECT_THAT(result().at("claim").text("conclusion"), HasSubstr("Leak: text of 'train'"));
  step(true);
  const Value found = result();
  EXPECT_EQ(found.at("claim").text("conclusion"), "No conclusion: the run is not VALID.");
  EXPECT_EQ(found.items("further_claims")[0].text("conclusion"),
            "No conclusion: the run is not VALID.");
  EXPECT_EQ(found.at("claim").number("effect"), 1) << "its numbers stay";
}

TEST_F(VerdictTest, AFurtherClaimIsMeasuredByItselfAndDoesNotDecide) {
  composition_.claim = claim();
  composition_.further_claims = {claim(Minus::Kind::start), claim(Minus::Kind::start)};
  composition_.further_claims[0].name = "other";
  composition_.further_claims[1].cells = {secret_};
  see(evidence_, "likelihood", "first", train_, {at_start(-3), at_end(-1)});
  const Value found = result();
  EXPECT_EQ(found.text("verdict"), "VALID") << "though secret was not measured";
  const Value::List& further = found.items("further_claims");
  ASSERT_EQ(further.size(), 2u);
  EXPECT_EQ(further[0].text("name"), "other");
  EXPECT_EQ(further[0].number("effect"), 2);
  EXPECT_EQ(further[1].find("effect"), nullptr);
}

// What a claim takes off.

class MinusOf : public VerdictTest {
 protected:
  MinusOf() {
    composition_.claim = claim();
    see(evidence_, "likelihood", "first", train_, {at_start(1), {0, 7}, {2, 13}, at_end(2)});
    see(evidence_, "likelihood", "first", control_, {at_start(4), {0, 19}, {2, 17}, at_end(8)});
    see(evidence_, "likelihood", "second", train_, {at_start(16), at_end(32)});
    see(evidence_, "likelihood", "second", control_, {at_start(64), at_end(128)});
    see_at_end({"train", "bad"}, 256);
    see_at_end({"secret", "bad"}, 512);
    see_at_end(secret_, 1024);
    see(evidence_, "rank", "first", train_, {at_end(2048)});
  }
  static Minus other(const std::function<void(Minus&)>& change) {
    Minus minus;
    minus.kind = Minus::Kind::other;
    change(minus);
    return minus;
  }
  /// The claim's effect with this taken off.
  double effect(Minus minus, std::vector<Minus> then = {}) {
    composition_.claim->minus = std::move(minus);
    composition_.claim->then = std::move(then);
    return number("effect");
  }
  static Minus of(Minus::Kind kind) {
    Minus minus;
    minus.kind = kind;
    return minus;
  }
};

TEST_F(MinusOf, ControlStartAndChanceIsTheDifferenceFromIt) {
  EXPECT_EQ(effect(of(Minus::Kind::control)), 2 - 8);
  EXPECT_EQ(number("control_leak"), 8 + 2) << "less chance, as its own leak is";
  EXPECT_EQ(number("leak"), 2 + 2);
  EXPECT_EQ(number("control_step"), 9);
  EXPECT_EQ(effect(of(Minus::Kind::start)), 2 - 1);
  EXPECT_EQ(number("control_step"), -1);
  EXPECT_EQ(effect(of(Minus::Kind::chance)), 2 + 2);
  EXPECT_TRUE(std::isnan(number("control_leak"))) << "a level is no other side";
}

TEST_F(MinusOf, NothingIsTheLeakItself) {
  EXPECT_EQ(effect(of(Minus::Kind::nothing)), 2 + 2);
  EXPECT_EQ(number("value"), 2);
  EXPECT_EQ(number("step"), 9);
  EXPECT_TRUE(std::isnan(number("control_leak")));
}

TEST_F(MinusOf, OtherChangesOneKeyAndNoOther) {
  EXPECT_EQ(effect(other([](Minus& minus) { minus.phase = "second"; })), 2 - 32);
  EXPECT_EQ(effect(other([](Minus& minus) { minus.prefix = "bad"; })), 2 - 256);
  EXPECT_EQ(effect(other([](Minus& minus) { minus.rows = Cell("secret", ""); })), 2 - 1024);
  EXPECT_EQ(effect(other([](Minus& minus) {
              minus.rows = Cell("secret", "");
              minus.prefix = "bad";
            })),
            2 - 512);
  EXPECT_EQ(effect(other([](Minus& minus) { minus.at = Endpoint::start; })), 2 - 1);
  EXPECT_EQ(effect(other([](Minus& minus) { minus.measure = "rank"; })), 2 - 2048);
}

TEST_F(MinusOf, SeveralIsADifferenceOfDifferencesWithItsFourSides) {
  const Minus later = other([](Minus& minus) { minus.phase = "second"; });
  EXPECT_EQ(effect(of(Minus::Kind::control), {later}), (2 - 8) - (32 - 128));
  const Value found = result().at("claim");
  EXPECT_EQ(found.find("control_step"), nullptr) << "they have no one step";
  EXPECT_EQ(found.number("control_leak"), 4 - ((2 - 8) - (32 - 128)));
  std::string sides;
  for (const Value& side : found.items("sides")) {
    sides += (side.integer("sign") > 0 ? "+" : "-") + to_json(side.at("value")) + " " +
             side.text("set") + " in " + side.text("phase") + " at " + to_json(side.at("step")) +
             "\n";
  }
  EXPECT_EQ(sides,
            "+2.0 train in first at 9\n-8.0 control in first at 9\n"
            "-32.0 train in second at 9\n+128.0 control in second at 9\n");
  EXPECT_EQ(effect(later, {of(Minus::Kind::start)}), (2 - 32) - (1 - 16));
}

TEST_F(MinusOf, EachSideIsReadAtItsOwnMaximum) {
  composition_.claim->at = Endpoint::maximum;
  EXPECT_EQ(effect(of(Minus::Kind::control)), 13 - 19);
  EXPECT_EQ(number("step"), 2);
  EXPECT_EQ(number("control_step"), 0);
}

TEST_F(MinusOf, WhereEitherSideOfChanceIsALeakDistancesFromItAreCompared) {
  composition_.claim->measure = "area";
  see(evidence_, "area", "first", train_, {at_end(0.125)});
  see(evidence_, "area", "first", control_, {at_end(0.75)});
  EXPECT_EQ(effect(of(Minus::Kind::control)), 0.375 - 0.25);
  EXPECT_EQ(number("leak"), 0.375);
  EXPECT_EQ(number("control_leak"), 0.25);
  EXPECT_EQ(number("value"), 0.125);
}

TEST_F(MinusOf, AnAggregateIsMeasuredOnItsOwnScale) {
  composition_.claim->measure = "rank/spread";
  see(evidence_, "rank", "first", control_, {at_end(100)});
  EXPECT_EQ(effect(of(Minus::Kind::control)), 4096 - 200);
  const Value found = result().at("claim");
  EXPECT_EQ(found.text("unit"), "log2 rank");
  EXPECT_EQ(found.number("leak"), 4096 - 1);
  EXPECT_EQ(effect(of(Minus::Kind::chance)), 4096 - 1) << "its own level of chance";
}

TEST_F(MinusOf, ChanceWhereThereIsNoneIsNoMeasurement) {
  composition_.claim->measure = "rank/best";
  EXPECT_TRUE(std::isnan(effect(of(Minus::Kind::chance))));
  EXPECT_THAT(reasons(result()), ElementsAre("the claim was not measured"));
}

TEST_F(MinusOf, WhatWasTakenOffIsSaid) {
  const auto said = [&](Minus minus, std::vector<Minus> then = {}) {
    effect(std::move(minus), std::move(then));
    return to_json(result().at("claim").at("minus"));
  };
  EXPECT_EQ(said(of(Minus::Kind::start)), "\"start\"");
  EXPECT_EQ(said(of(Minus::Kind::nothing)), "\"nothing\"");
  const Minus all = other([](Minus& minus) {
    minus.measure = "rank";
    minus.rows = Cell("secret", "");
    minus.prefix = "bad";
    minus.phase = "second";
    minus.at = Endpoint::start;
  });
  const std::string keys =
      R"({"measure":"rank","set":"secret","prefix":"bad","phase":"second","at":"start"})";
  EXPECT_EQ(said(all), keys);
  EXPECT_EQ(said(of(Minus::Kind::control), {other([](Minus& m) { m.phase = "second"; })}),
            R"(["control",{"phase":"second"}])");
}

}  // namespace
}  // namespace leakprobe
