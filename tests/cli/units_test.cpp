#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "leakprobe/host/workbench.h"
#include "program.h"

/// Runs with probes of every kind (tests/plugins/libraries/measures.cpp): what is said of them
/// everywhere follows their facts.
namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kMeasures = LEAKPROBE_MEASURES;
const std::string kBits = "{unit: bits, factor: 0.1, offsets: {held_out: 3, control: 1}}";
const std::string kRanks =
    "{unit: log2 rank, direction: smaller, factor: -1, offsets: {held_out: -2}}";
/// Below 0.5 for held-out text, near it for the control.
const std::string kArea =
    "{unit: AUC, direction: either, chance: 0.5, factor: 0.001, offsets: {held_out: 0.2, control: "
    "0.51, useful: 0.5}}";

class Units : public testing::Test {
 protected:
  /// examples/tiny.yaml with a claim by a probe with these options.
  std::string file(const std::string& name, const std::string& options,
                   const std::string& claim = "{measure: mine}") const {
    return folder_.write(name + ".yaml", "extends: " + source_path("examples/tiny.yaml") +
                                             "\nname: " + name + "\nplugins: [" + kMeasures +
                                             "]\nprobes:\n  - {name: mine, type: test.measure, "
                                             "every: 2, rows: 2, sets: [useful, held_out, "
                                             "control], " +
                                             options.substr(1) + "\nclaim: " + claim + "\n");
  }
  std::string run(const std::string& name, const std::string& options, int seed = 0) const {
    const std::string out = path(name + "/s" + std::to_string(seed));
    const Ended ended = leakprobe(
        {"run", file(name, options), "seed=" + std::to_string(seed), "--out", out, "--quiet"});
    EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
    text_ = ended.out;
    return out;
  }
  Value result(const std::string& run) const {
    return host::parse_json(read_text(run + "/result.json"), "result.json");
  }
  Value claim(const std::string& run) const { return *result(run).find("claim"); }
  std::string path(const std::string& relative) const {
    return (folder_.path() / relative).string();
  }
  /// What the probe gave for held_out in the claim's phase and cell, at its regular evaluations.
  std::vector<double> regular_values(const std::string& run) const {
    std::vector<double> values;
    std::istringstream lines(read_text(run + "/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const Value record = host::parse_json(line, "metrics.jsonl");
      const Value* probe = record.find("probe");
      if (!probe || *probe != Value("mine") || *record.find("phase") != Value("elicit") ||
          *record.find("regular") != Value(true)) {
        continue;
      }
      for (const Value& cell : record.find("cells")->as_list()) {
        if (*cell.find("set") == Value("held_out") && *cell.find("prefix") == Value("reverse")) {
          values.push_back(cell.find("value")->as_number());
        }
      }
    }
    return values;
  }
  /// What a run prints of its claim: gates come next and may measure log-probabilities.
  static std::string of_claim(const std::string& text) {
    return text.substr(0, text.find("\ngate"));
  }
  /// Words that are true of log-probabilities alone.
  static auto speaks_of_log_probabilities() {
    return testing::AnyOf(HasSubstr("nats"), HasSubstr("likelier"), HasSubstr("relative"),
                          HasSubstr("both lie below"));
  }
  const TemporaryFolder folder_;
  mutable std::string text_;  ///< what the last run printed
};

double number(const Value& map, const char* key) { return map.find(key)->as_number(); }

TEST_F(Units, ARunOfBitsIsNeverInNatsNorLikelierNorRelative) {
  const std::string bits = run("bits", kBits);
  EXPECT_THAT(of_claim(text_), AllOf(HasSubstr("at its maximum over phase elicit (mine, bits):"),
                                     HasSubstr("Leak: 'held_out' lies above control.\n"),
                                     Not(speaks_of_log_probabilities())));
  const Value found = claim(bits);
  EXPECT_EQ(found.find("unit")->as_string(), "bits");
  EXPECT_EQ(found.find("direction")->as_string(), "larger");
  EXPECT_EQ(*found.find("log_probability"), Value(false));
  EXPECT_TRUE(found.find("chance")->is_null()) << "the task's is of log-probabilities";
  EXPECT_EQ(number(found, "leak"), number(found, "value"));
  EXPECT_EQ(*found.find("leaks"), Value(true));
  EXPECT_TRUE(found.find("relative_increase")->is_null());
  EXPECT_EQ(found.find("undefined")->find("relative_increase")->as_string(),
            "the probe's values are no log-probabilities");
}

TEST_F(Units, WithItsOwnLevelOfChanceAProbeLiesAboveThat) {
  const std::string bits = run("bits", "{chance: 1.4, " + kBits.substr(1));
  EXPECT_THAT(of_claim(text_),
              AllOf(HasSubstr("(mine, bits against chance):"),
                    HasSubstr("Leak: 'held_out' lies above chance and above control.\n"),
                    Not(speaks_of_log_probabilities())));
  const Value found = claim(bits);
  EXPECT_NEAR(number(found, "leak"), number(found, "value") - 1.4, 1e-12);
  EXPECT_THAT(read_text(bits + "/metrics.jsonl"), HasSubstr("\"probe\":\"mine\""));
}

TEST_F(Units, AProbeThatSaysNoUnitIsTakenAsMeasured) {
  const std::string out = path("plain");
  const Ended ended =
      leakprobe({"run", source_path("examples/tiny.yaml"), "--plugin-path", kMeasures,
                 "claim.measure=test.plain", "claim.at=end", "--out", out, "--quiet"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(of_claim(ended.out), AllOf(HasSubstr("(test.plain, as measured):"),
                                         HasSubstr("Leak: 'held_out' lies above control.\n"),
                                         Not(speaks_of_log_probabilities())));
  EXPECT_TRUE(claim(out).find("unit")->is_null());
}

TEST_F(Units, WhereSmallerIsMoreLeakTheMaximumIsTheSmallestValue) {
  const std::string ranks = run("ranks", kRanks);
  EXPECT_THAT(of_claim(text_),
              AllOf(HasSubstr("at its minimum over phase elicit (mine, log2 rank, smaller is "
                              "more leak):"),
                    HasSubstr("Leak: 'held_out' lies below control.\n"),
                    Not(speaks_of_log_probabilities())));
  const Value found = claim(ranks);
  EXPECT_EQ(found.find("direction")->as_string(), "smaller");
  EXPECT_EQ(*found.find("leaks"), Value(true));
  EXPECT_LT(number(found, "effect"), -1) << "a difference stays as measured";
  const std::vector<double> values = regular_values(ranks);
  ASSERT_GT(values.size(), 2u);
  EXPECT_EQ(number(found, "value"), *std::min_element(values.begin(), values.end()));
}

TEST_F(Units, ALargerValueOfWhatIsSmallerForALeakIsNone) {
  const std::string ranks =
      run("ranks", "{unit: rank, direction: smaller, factor: -1, offsets: {held_out: 2}}");
  EXPECT_THAT(text_, HasSubstr("No leak: 'held_out' does not lie below control.\n"));
  EXPECT_EQ(*claim(ranks).find("leaks"), Value(false));
}

TEST_F(Units, OnEitherSideOfChanceTheDistanceFromItIsTheLeak) {
  const std::string area = run("area", kArea);
  EXPECT_THAT(of_claim(text_),
              AllOf(HasSubstr("farthest from chance over phase elicit (mine, AUC away from "
                              "chance):"),
                    HasSubstr("Leak: 'held_out' lies away from chance and farther from "
                              "chance than control.\n"),
                    Not(speaks_of_log_probabilities())));
  const Value found = claim(area);
  EXPECT_LT(number(found, "value"), 0.3);
  EXPECT_NEAR(number(found, "leak"), 0.5 - number(found, "value"), 1e-12);
  EXPECT_NEAR(number(found, "effect"), number(found, "leak") - number(found, "control_leak"),
              1e-12);
  EXPECT_EQ(*found.find("leaks"), Value(true));
}

TEST_F(Units, ARelativeIncreaseThatIsNoNumberIsNullWithAReason) {
  const std::string logs = run("logs", "{log_probability: true, offsets: {held_out: 5000}}");
  const Value found = claim(logs);
  EXPECT_TRUE(found.find("relative_increase")->is_null());
  EXPECT_EQ(found.find("undefined")->find("relative_increase")->as_string(),
            "exp(leak) is too large for a number");
  EXPECT_THAT(text_, Not(HasSubstr("inf")));
}

TEST_F(Units, WithoutAnythingToCompareWithNobodyConcludes) {
  const std::string out = path("nothing");
  const Ended ended =
      leakprobe({"run", file("nothing", kBits), "claim.minus=nothing", "--out", out, "--quiet"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("No conclusion: the claim compares with nothing.\n"));
  const Value found = claim(out);
  EXPECT_TRUE(found.find("leaks")->is_null());
  EXPECT_EQ(found.find("undefined")->find("leaks")->as_string(), "the claim compares with nothing");
}

TEST_F(Units, LikelihoodSpeaksAsItDid) {
  const std::string out = path("tiny");
  const Ended ended =
      leakprobe({"run", source_path("examples/tiny.yaml"), "--out", out, "--quiet"});
  EXPECT_THAT(ended.out, AllOf(HasSubstr("at its maximum over phase elicit (likelihood, nats per "
                                         "token against chance):"),
                               HasSubstr("nats  relative  when\n")));
  const Value found = claim(out);
  EXPECT_NEAR(number(found, "relative_increase"), std::expm1(number(found, "leak")), 1e-12);
  for (const Value& gate : result(out).find("gates")->as_list()) {
    const bool margins =
        *gate.find("name") == Value("margin") || *gate.find("name") == Value("starts_equal");
    EXPECT_EQ(gate.find("unit")->is_null(), margins) << to_json(gate);
  }
}

TEST_F(Units, ReportCompareSweepAndWatchSayTheUnit) {
  for (const int seed : {0, 1, 2}) run("bits", kBits, seed);
  const Ended report = leakprobe({"report", path("bits"), "--no-figures"});
  EXPECT_THAT(report.out, AllOf(HasSubstr("(mine, bits):"), HasSubstr("value"),
                                HasSubstr("Leak: 'held_out' lies above control."),
                                Not(HasSubstr("relative")), Not(HasSubstr("nats"))));
  EXPECT_THAT(read_text(path("bits/runs.csv")), HasSubstr(",bits,larger,"));
  const Ended watch = leakprobe({"watch", path("bits"), "--once"});
  EXPECT_THAT(watch.out, HasSubstr(" bits\n"));
  run("ranks", kRanks);
  const Ended compared = leakprobe({"compare", path("bits"), path("ranks")});
  EXPECT_THAT(compared.out,
              HasSubstr("Effect by seed (A: bits; B: log2 rank, smaller is more leak)"));
  EXPECT_THAT(compared.out,
              HasSubstr("No conclusion: A is measured in bits, a larger value being "
                        "more leak, B in log2 rank, a smaller value being more leak."));
  EXPECT_EQ(compared.status, 3);
  const Ended both = leakprobe({"report", path("bits"), path("ranks"), "--no-figures"});
  EXPECT_THAT(both.out, AllOf(HasSubstr("unit"), HasSubstr("bits"),
                              HasSubstr("log2 rank, smaller is more leak")));
}

TEST_F(Units, AReportOfRanksFindsALeakBelowTheControl) {
  for (const int seed : {0, 1, 2}) run("ranks", kRanks, seed);
  const Ended report = leakprobe({"report", path("ranks"), "--no-figures"});
  EXPECT_THAT(report.out, AllOf(HasSubstr("Leak: 'held_out' lies below control."),
                                HasSubstr("log2 rank, smaller is more leak"),
                                Not(HasSubstr("above")), Not(HasSubstr("nats"))));
}

TEST_F(Units, WatchFollowsTheClaimsProbeAlone) {
  const std::string bits = run("bits", kBits);
  const Value frame = json_of(leakprobe({"watch", bits, "--json"}));
  const Value& watched = frame.find("runs")->as_list().front();
  for (const Value& point : watched.find("curve")->as_list()) {
    EXPECT_GT(point.as_number(), 0) << "a log-probability of the other probe";
  }
  for (const Value& cell : watched.find("leaks")->as_list()) {
    EXPECT_GT(cell.find("leak")->as_number(), -1.5);
  }
}

TEST_F(Units, WhatIsMeasuredInTwoUnitsIsNotSubtracted) {
  const Ended ended = leakprobe(
      {"validate", file("mixed", kBits, "{measure: mine, minus: {measure: likelihood}}")});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.out + ended.err,
              HasSubstr("probe 'mine' measures in bits, a larger value being more leak; probe "
                        "'likelihood' measures in nats per token, a larger value being more leak: "
                        "their difference means nothing"));
}

TEST_F(Units, ChanceIsThatOfTheProbe) {
  const Ended without = leakprobe({"validate", file("c", kBits, "{measure: mine, minus: chance}")});
  EXPECT_EQ(without.status, 2);
  EXPECT_THAT(without.out + without.err,
              HasSubstr("probe 'mine' has no chance level to compare with"));
  const std::string own = "{chance: 1.5, " + kBits.substr(1);
  EXPECT_EQ(leakprobe({"validate", file("c", own, "{measure: mine, minus: chance}")}).status, 0);
}

TEST_F(Units, LeaksOnEitherSideNeedALevelOfChance) {
  const Ended ended = leakprobe({"validate", file("e", "{unit: AUC, direction: either}")});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.out + ended.err, HasSubstr("says that leaks lie on either side of chance"));
}

TEST_F(Units, ShowAndSchemaSayNoUnitThatIsNotTheGates) {
  const Ended show = leakprobe({"show", "probe/likelihood"});
  EXPECT_THAT(show.out, AllOf(HasSubstr("nats per token"), HasSubstr("the task's")));
  EXPECT_THAT(leakprobe({"schema"}).out, Not(HasSubstr("\"nat\"")));
  const Value resolved =
      json_of(leakprobe({"resolve", source_path("examples/tiny.yaml"), "--json"}));
  for (const Value& gate : resolved.find("gates")->as_list()) {
    EXPECT_EQ(gate.find("unit")->is_null(),
              *gate.find("name") == Value("margin") || *gate.find("name") == Value("starts_equal"))
        << to_json(gate);
  }
}

TEST_F(Units, MemoryCountsTheStateThatTheOptimizerKeeps) {
  const auto memory = [&](const std::string& optimizer) {
    return number(json_of(leakprobe({"resolve", source_path("examples/tiny.yaml"), "--plugin-path",
                                     kMeasures, "optimizer.type=" + optimizer, "--json"})),
                  "memory");
  };
  const Value resolved =
      json_of(leakprobe({"resolve", source_path("examples/tiny.yaml"), "--json"}));
  double most = 0;
  for (const Value& phase : resolved.find("phases")->as_list()) {
    most = std::max(most, number(phase, "trained"));
  }
  EXPECT_EQ(memory("adamw") - memory("test.descent"), 2 * 4 * most);
}

/// A set that may be a positive target behind one prefix.
class Prefixes : public Units {
 protected:
  Ended run_with(const std::string& roles, const std::string& terms,
                 const std::string& more = "") const {
    const std::string yaml = folder_.write(
        "tokens.yaml",
        "name: tokens\n"
        "model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, "
        "intermediate_size: 64}\n"
        "task: {type: password, length: 4, negatives: 8, held_out: 0.5, prefixes: {good: \" "
        "good\", "
        "bad: \" bad\"}, roles: " +
            roles +
            "}\noptimizer: {type: adamw, lr: 1e-3}\nschedule: {type: constant}\nbatch: 4\n" +
            "phases:\n  - {name: condition, type: joint, steps: 3, waive: [recovered], terms: " +
            terms + "}\nprobes: []\n" + more);
    return leakprobe({"run", yaml, "--out", path("tokens"), "--fresh", "--quiet"});
  }
  std::string audit() const { return leakprobe({"audit", path("tokens")}).out; }
};

const std::string kUp = "objective: {type: cross_entropy}, rows: ";

TEST_F(Prefixes, AreNamedWhereARoleHoldsBehindSomeOnly) {
  const Ended ended = run_with("{held_out: {never_positive: [good]}}",
                               "{bad: {" + kUp + "{set: held_out, prefix: bad}}, good: {" + kUp +
                                   "{set: useful, prefix: good}}, down: {weight: -0.01, " + kUp +
                                   "{set: held_out, prefix: good}}}");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  const std::string words =
      "No held-out row was ever a positive target behind prefix 'good': no loss takes any of the 4 "
      "held-out rows as one there, and in none of the 3 training steps did the measured gradient "
      "push one up there.";
  EXPECT_THAT(ended.out, HasSubstr(words));
  EXPECT_THAT(ended.out, HasSubstr("a protected row was pushed up behind prefix 'good'"));
  EXPECT_THAT(audit(), HasSubstr(words));
}

TEST_F(Prefixes, ARoleThatNoRowMetSaysSo) {
  const Ended ended = run_with("{held_out: {never_positive: [good]}}",
                               "{bad: {" + kUp + "{set: held_out, prefix: bad}}}");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out,
              HasSubstr("No held-out row was ever a positive target behind prefix 'good': none of "
                        "the 4 held-out rows reached a loss there at all."));
}

TEST_F(Prefixes, OfSeveralSetsAreNamedEach) {
  const Ended ended =
      run_with("{held_out: {never_positive: [good, none]}, useful: {never_positive: [bad]}}",
               "{a: {" + kUp + "{set: held_out, prefix: bad}}, b: {" + kUp +
                   "{set: useful, prefix: good}}, down: {weight: -0.01, " + kUp +
                   "{set: [useful, held_out], prefix: bad}}}");
  // held_out behind bad is allowed; useful behind bad is pushed down.
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("positive target where its role forbids it ('useful' behind "
                                   "prefix 'bad', 'held_out' behind prefix 'good' or 'none'): no "
                                   "loss takes any of the 8 held-out rows as one there"));
}

TEST_F(Prefixes, AreNotNamedWhereTheRoleHoldsBehindEveryOne) {
  const Ended ended =
      run_with("{}", "{down: {weight: -0.01, " + kUp + "{set: held_out, prefix: bad}}, good: {" +
                         kUp + "{set: useful, prefix: good}}}");
  EXPECT_THAT(ended.out,
              HasSubstr("No held-out row was ever a positive target: no loss takes any of "
                        "the 4 held-out rows as one, and in none of the 3 training steps "
                        "did the measured gradient push one up.\n"));
}

TEST_F(Prefixes, FreshRowsThatAreHeldOutAreWatchedByTheirSet) {
  const Ended ended = run_with("{random: never_positive, held_out: ordinary}",
                               "{good: {" + kUp + "{set: useful, prefix: good}}}");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(
      ended.out,
      AllOf(HasSubstr("Set 'random' is held out, and its rows are drawn anew each time: no loss "
                      "takes them as positive targets, and in none of the"),
            Not(HasSubstr("No set of this experiment"))));
}

}  // namespace
}  // namespace leakprobe::cli
