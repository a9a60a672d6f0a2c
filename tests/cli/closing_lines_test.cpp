#include "closing_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

Value ledger(int64_t pushed_up_steps) {
  Value ledger = Value::map();
  ledger.set("protected_rows", 16);
  ledger.set("declared_positive", 0);
  ledger.set("pushed_up_steps", pushed_up_steps);
  ledger.set("steps", 1464);
  return ledger;
}

/// As a run with the likelihood probe writes it.
Value claim(double leak, double control) {
  Value claim = Value::map();
  for (const auto& [key, text] : {std::pair{"measure", "likelihood"},
                                  {"set", "held_out"},
                                  {"prefix", "reverse"},
                                  {"phase", "elicit"},
                                  {"at", "maximum"},
                                  {"minus", "control"}}) {
    claim.set(key, text);
  }
  claim.set("step", 300);
  claim.set("value", leak - 3.258);
  claim.set("leak", leak);
  claim.set("control_leak", control);
  claim.set("control_step", 10);
  claim.set("effect", leak - control);
  claim.set("unit", "nats per token");
  claim.set("direction", "larger");
  claim.set("log_probability", true);
  claim.set("chance", -3.258);
  claim.set("conclusion", "Leak: text of 'held_out' is likelier than chance and than control.");
  return claim;
}

host::RunOutcome outcome(host::RunStatus status, const char* verdict, Value claim,
                         int64_t pushed_up_steps = 0) {
  Value gate = Value::map();
  gate.set("phase", "elicit");
  gate.set("name", "recovered");
  gate.set("value", 2.8127);
  gate.set("bound", "above 1");
  gate.set("outcome", "passed");
  Value result = Value::map();
  result.set("verdict", verdict);
  result.set("reasons", Value::list());
  result.set("claim", std::move(claim));
  result.set("gates", Value(Value::List{gate}));
  result.set("ledger", ledger(pushed_up_steps));
  result.set("seconds", 192.0);
  host::RunOutcome outcome;
  outcome.status = status;
  outcome.directory = "runs/quick/0-s0";
  outcome.result = std::move(result);
  return outcome;
}

std::string lines(const host::RunOutcome& outcome) {
  std::ostringstream stream;
  print_closing_lines(Terminal(stream, 0, false), outcome);
  return stream.str();
}

TEST(ClosingLines, AValidRunStatesLeakControlEffectGatesLedgerAndFiles) {
  EXPECT_EQ(lines(outcome(host::RunStatus::valid, "VALID", claim(0.163, -0.002))),
            "Set 'held_out' behind prefix 'reverse', at its maximum over phase elicit (likelihood, "
            "nats per token against chance):\n"
            "              nats  relative  when\n"
            "  held_out  +0.163   +17.7 %  step 300\n"
            "  control   -0.002    -0.2 %  step 10\n"
            "  effect    +0.165   +17.9 %\n"
            "Leak: text of 'held_out' is likelier than chance and than control.\n"
            "\n"
            "gate       phase    value  must be  outcome\n"
            "recovered  elicit  +2.813  above 1  passed\n"
            "\n"
            "No held-out row was ever a positive target: no loss takes any of the 16 held-out rows "
            "as one, and in none of the 1,464 training steps did the measured gradient push one "
            "up.\n"
            "Files: runs/quick/0-s0\n"
            "\n"
            "VALID (3 min 12 s)\n");
}

TEST(ClosingLines, OtherProbesThanOfLogProbabilitiesHaveTheirUnitAndNoRatio) {
  Value ranks = claim(3.25, 7.5);
  ranks.set("unit", "log2 rank");
  ranks.set("direction", "smaller");
  ranks.set("log_probability", false);
  ranks.set("chance", Value());
  ranks.set("conclusion", "Leak: 'held_out' lies below control.");
  host::RunOutcome found = outcome(host::RunStatus::valid, "VALID", ranks);
  found.result.find("gates")->as_list()[0].set("unit", "nats per token");
  const std::string text = lines(found);
  EXPECT_THAT(text, HasSubstr("at its minimum over phase elicit (likelihood, log2 rank, smaller is "
                              "more leak):\n"
                              "            log2 rank  when\n"
                              "  held_out     +3.250  step 300\n"
                              "  control      +7.500  step 10\n"
                              "  effect       -4.250\n"
                              "Leak: 'held_out' lies below control.\n"));
  EXPECT_THAT(text, HasSubstr("passed   in nats per token\n"));
}

TEST(ClosingLines, WithoutAChanceLevelTheEffectAloneIsRelative) {
  Value raw = claim(-2.0, -2.5);
  raw.set("chance", Value());
  const std::string text = lines(outcome(host::RunStatus::valid, "VALID", raw));
  EXPECT_THAT(text, HasSubstr("(likelihood, nats per token):"));
  EXPECT_THAT(text, HasSubstr("  held_out  -2.000            step 300\n"));
  EXPECT_THAT(text, HasSubstr("  effect    +0.500   +64.9 %\n"));
}

TEST(ClosingLines, AnIncreaseThatNobodyReadsInPercentIsAFactor) {
  EXPECT_THAT(lines(outcome(host::RunStatus::valid, "VALID", claim(5, -0.7))),
              HasSubstr("  held_out  +5.000      ×148  step 300\n"));
  EXPECT_THAT(lines(outcome(host::RunStatus::valid, "VALID", claim(353, 0.0))),
              HasSubstr("  held_out  +353.000   ×10^153  step 300\n"));
  const std::string text = lines(outcome(host::RunStatus::valid, "VALID", claim(2000, 0.0)));
  EXPECT_THAT(text, Not(HasSubstr("inf")));
  EXPECT_THAT(text, HasSubstr("  effect    +2000.000         -\n"));
}

TEST(ClosingLines, TheProofCountsTheStepsFromWhichTheRolesHold) {
  host::RunOutcome found = outcome(host::RunStatus::valid, "VALID", claim(0.2, 0.0));
  Value set = Value::map();
  set.set("set", "held_out");
  set.set("rows", 16);
  set.set("from", "suppress");
  Value phases = Value::list();
  for (const auto& [name, steps] :
       {std::pair{"calibrate", 64}, {"suppress", 800}, {"elicit", 600}}) {
    Value phase = Value::map();
    phase.set("phase", name);
    phase.set("steps", steps);
    phases.push_back(std::move(phase));
  }
  Value& proof = found.result.at("ledger");
  proof.set("protected_sets", Value(Value::List{set}));
  proof.set("phases", phases);
  EXPECT_THAT(lines(found), HasSubstr("in none of the 1,400 training steps did"));
}

TEST(ClosingLines, AnInvalidRunSaysWhyAndJudgesNoLeak) {
  host::RunOutcome invalid = outcome(host::RunStatus::invalid, "INVALID", claim(0.2, 0.0));
  Value& reasons = *invalid.result.find("reasons");
  reasons.push_back("gate elicit.recovered is 0.3, must be above 1");
  const std::string text = lines(invalid);
  EXPECT_THAT(text, HasSubstr("INVALID: gate elicit.recovered is 0.3, must be above 1 (3 min"));
  EXPECT_THAT(text, Not(HasSubstr("Leak:")));
}

TEST(ClosingLines, TheEffectOfAnInvalidRunStandsBesideWhatItSaysOfLeaking) {
  host::RunOutcome invalid = outcome(host::RunStatus::invalid, "INVALID", claim(0.2, 0.0));
  Value::List& gates = invalid.result.find("gates")->as_list();
  gates[0].set("outcome", "failed");
  EXPECT_THAT(lines(invalid),
              HasSubstr("+22.1 %\nThis run says nothing about leaking: gate recovered of elicit "
                        "failed.\n\ngate"));
  Value never = Value::map();
  never.set("phase", "");
  never.set("name", "never_pushed_up");
  never.set("bound", "0");
  never.set("outcome", "failed");
  gates.push_back(never);
  EXPECT_THAT(lines(invalid),
              HasSubstr("leaking: gates recovered of elicit, never_pushed_up failed.\n"));
  EXPECT_THAT(lines(outcome(host::RunStatus::valid, "VALID", claim(0.2, 0.0))),
              Not(HasSubstr("nothing about leaking")));
}

TEST(ClosingLines, AWaivedGateThatFailedIsNamedBesideTheVerdictAndOneThatHeldIsNot) {
  host::RunOutcome waived = outcome(host::RunStatus::valid, "VALID", claim(0.2, 0.0));
  Value& gate = waived.result.find("gates")->as_list()[0];
  gate.set("outcome", "waived");
  gate.set("held", false);
  EXPECT_THAT(lines(waived), HasSubstr("VALID, 1 waived gate failed: recovered of elicit ("));
  EXPECT_THAT(lines(waived), HasSubstr("above 1  waived (failed)\n"));
  gate.set("held", true);
  EXPECT_THAT(lines(waived), HasSubstr("VALID ("));
  EXPECT_THAT(lines(waived), HasSubstr("above 1  waived (held)\n"));
}

TEST(ClosingLines, WhatSpeaksAgainstAConclusionStandsBelowItOnce) {
  const Value::List caveats = {"But a waived gate missed its bound.",
                               "But nothing was\x1b pushed."};
  Value first = claim(0.2, 0.0), second = claim(0.2, 0.0);
  first.set("caveats", caveats);
  second.set("caveats", Value::List{caveats[0]});
  second.set("name", "other");
  host::RunOutcome valid = outcome(host::RunStatus::valid, "VALID", first);
  valid.result.set("further_claims", Value::List{second});
  const std::string text = lines(valid);
  const std::string one = "But a waived gate missed its bound.\n";
  EXPECT_THAT(text, HasSubstr("than control.\n" + one + "But nothing was\\x1b pushed.\n\nother: "));
  EXPECT_EQ(text.find(one), text.rfind(one));
  valid.status = host::RunStatus::invalid;
  EXPECT_THAT(lines(valid), Not(HasSubstr("But"))) << "nothing is concluded";
}

TEST(ClosingLines, AnInvalidRunSaysWhatToTryForEachGateThatFailed) {
  host::RunOutcome invalid = outcome(host::RunStatus::invalid, "INVALID", claim(0.2, 0.0));
  Value& gate = invalid.result.find("gates")->as_list()[0];
  gate.set("remedy", "more steps\x1b of the phase");
  EXPECT_THAT(lines(invalid), Not(HasSubstr("To try"))) << "it did not fail";
  gate.set("outcome", "failed");
  EXPECT_THAT(lines(invalid), testing::EndsWith("INVALID (3 min 12 s)\nTo try for recovered of "
                                                "elicit: more steps\\x1b of the phase.\n"));
}

TEST(ClosingLines, ALedgerThatSawARowPushedUpSaysInHowManySteps) {
  EXPECT_THAT(lines(outcome(host::RunStatus::invalid, "INVALID", claim(0.2, 0.0), 3)),
              HasSubstr("In 3 (0.2 %) of 1,464 training steps the measured gradient pushed a "
                        "held-out row up"));
}

TEST(ClosingLines, WhatIsNotKnownOfInheritedWeightsStandsBehindTheProof) {
  host::RunOutcome valid = outcome(host::RunStatus::valid, "VALID", claim(0.2, 0));
  valid.result.at("ledger").set("uncompared",
                                Value(Value::List{"some rows were\x1b not compared"}));
  EXPECT_THAT(lines(valid), HasSubstr("did the measured gradient push one up. But some rows "
                                      "were\\x1b not compared.\n"));
}

TEST(ClosingLines, AControlThatWasTrainedOnStandsBehindTheProof) {
  host::RunOutcome valid = outcome(host::RunStatus::valid, "VALID", claim(0.2, 0));
  valid.result.at("ledger").set("control", "rows of the control were pushed up 2 times");
  EXPECT_THAT(lines(valid), HasSubstr("did the measured gradient push one up. But rows of the "
                                      "control were pushed up 2 times.\n"));
}

TEST(ClosingLines, AnInterruptedRunSaysHowToGoOn) {
  host::RunOutcome interrupted;
  interrupted.status = host::RunStatus::interrupted;
  interrupted.directory = "runs/x";
  EXPECT_EQ(lines(interrupted),
            "Interrupted; the state is saved in runs/x: go on with --resume.\n");
  interrupted.begun = false;
  EXPECT_EQ(lines(interrupted),
            "Interrupted before the first step: runs/x is left as it was. Start again with the "
            "same command.\n");
}

TEST(ClosingLines, ALimitedRunIsNoResult) {
  host::RunOutcome limited = outcome(host::RunStatus::limited, "NONE", claim(0.2, 0.0));
  limited.result.find("reasons")->push_back("limited to 3 steps a phase: this is no result");
  const std::string text = lines(limited);
  EXPECT_THAT(text, HasSubstr("NO RESULT: limited to 3 steps a phase"));
  EXPECT_THAT(text, Not(HasSubstr("Leak:")));
}

TEST(ClosingLines, AClaimThatWasNotMeasuredSaysSo) {
  Value unmeasured = claim(0, 0);
  unmeasured.erase("effect");
  EXPECT_THAT(lines(outcome(host::RunStatus::invalid, "INVALID", unmeasured)),
              HasSubstr("  not measured\nThis run says nothing about leaking: what it claims was "
                        "not measured.\n"));
}

}  // namespace
}  // namespace leakprobe::cli
