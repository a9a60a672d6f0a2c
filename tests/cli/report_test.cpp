#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <tuple>

#include "leakprobe/host/workbench.h"
#include "program.h"
#include "run_folders.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Value& group(const Value& report, size_t index) {
  return report.find("groups")->as_list().at(index);
}

double number(const Value& map, const char* key) { return map.find(key)->as_number(); }

/// Eight seeds of leak and control, with SciPy's statistics of them.
Value fixture_case() {
  const std::string file = fixture_path("statistics.json");
  return host::parse_json(read_text(file), file).find("cases")->as_list().at(3);
}

class ReportCommand : public ::testing::Test {
 protected:
  /// Runs of the fixture's numbers below `below`, seeds 0 to 7.
  void write_fixture_runs(const std::string& below) const {
    const Value numbers = fixture_case();
    for (int seed = 0; seed < 8; ++seed) {
      RunFolder run;
      run.seed = seed;
      run.leak = numbers.find("x")->as_list().at(static_cast<size_t>(seed)).as_number();
      run.control = numbers.find("y")->as_list().at(static_cast<size_t>(seed)).as_number();
      run.write(path(below + "/s" + std::to_string(seed)));
    }
  }
  /// `runs` runs, seeds from 0, whose leaks lie around `leak` and whose controls around 0.
  void write_runs(const std::string& below, RunFolder run, int runs, double leak) const {
    for (run.seed = 0; run.seed < runs; ++run.seed) {
      run.leak = leak + 0.01 * run.seed;
      run.control = run.seed % 2 == 0 ? 0.002 : -0.002;
      run.write(path(below + "/s" + std::to_string(run.seed)));
    }
  }
  /// A sweep over freezing and the seed whose points are the runs of `write_runs`.
  void write_sweep(const std::string& below, const std::string& label, int runs,
                   const std::string& digest) const {
    std::string points;
    for (int seed = 0; seed < runs; ++seed) {
      const std::string s = std::to_string(seed);
      points += std::string(seed > 0 ? "," : "") + "{\"label\":\"freezing=" + label +
                ", seed=" + s + "\",\"labels\":{\"freezing\":\"" + label + "\",\"seed\":\"" + s +
                "\"},\"directory\":\"s" + s + "\",\"digest\":\"" + digest + "\",\"seed\":" + s +
                "}";
    }
    fs::create_directories(path(below));
    std::ofstream(path(below + "/sweep.json"))
        << "{\"version\":1,\"file\":\"x.yaml\",\"name\":\"experiment\",\"axes\":[{\"name\":"
           "\"freezing\",\"cases\":[\"with\",\"without\"]},{\"name\":\"seed\",\"cases\":[\"0\"]}],"
           "\"points\":["
        << points << "]}";
  }
  std::string path(const std::string& relative) const {
    return (folder_.path() / relative).string();
  }
  Value report(std::vector<std::string> arguments, int status = 0) const {
    arguments.insert(arguments.begin(), "report");
    arguments.insert(arguments.end(), {"--out", path("out"), "--json"});
    const Ended ended = leakprobe(arguments);
    EXPECT_EQ(ended.status, status) << ended.err;
    return json_of(ended);
  }
  const TemporaryFolder folder_;
};

TEST_F(ReportCommand, ARunThatLiesInAnothersFolderOfASweepIsLeftOut) {
  RunFolder run;
  write_runs("sweep", run, 4, 0.2);
  write_sweep("sweep", "with", 4, run.digest);
  const auto found = [&] { return leakprobe({"report", path("sweep"), "--no-figures"}); };
  EXPECT_THAT(found().out + found().err, Not(HasSubstr("holds a run of experiment")));
  fs::rename(path("sweep/s0"), path("s0"));
  fs::rename(path("sweep/s1"), path("sweep/s0"));
  const Ended ended = found();
  EXPECT_THAT(ended.out + ended.err,
              HasSubstr("sweep/s0: holds a run of experiment " + run.digest +
                        " and seed 1, where the sweep has " + run.digest +
                        " and seed 0 (freezing=with, seed=0); start the sweep again"));
}

TEST_F(ReportCommand, TestsTheClaimAgainstChanceAndPairedAgainstTheControl) {
  write_fixture_runs("runs");
  const Value expected = fixture_case();
  const Value found = report({path("runs")});
  const Value& statistics = *group(found, 0).find("statistics");
  EXPECT_EQ(statistics.find("n")->as_integer(), 8);
  const Value& leak = *statistics.find("leak");
  EXPECT_NEAR(number(leak, "mean"), number(expected, "mean"), 1e-9);
  EXPECT_NEAR(number(leak, "sd"), number(expected, "sd"), 1e-9);
  EXPECT_NEAR(number(leak, "p_greater"), number(expected, "one_sample_p_greater"), 1e-9);
  EXPECT_NEAR(number(leak, "relative_increase_geometric"),
              number(expected, "relative_increase_geometric"), 1e-9);
  const Value& effect = *statistics.find("effect");
  EXPECT_NEAR(number(effect, "t"), number(expected, "paired_t"), 1e-9);
  EXPECT_NEAR(number(effect, "p_two_sided"), number(expected, "paired_p_two_sided"), 1e-9);
  EXPECT_NEAR(number(effect, "sign_flip_p_two_sided"), number(expected, "sign_flip_p_two_sided"),
              1e-9);
  EXPECT_EQ(number(statistics, "p_holm"), number(effect, "p_two_sided"));
  EXPECT_EQ(group(found, 0).find("finding")->as_string(), "undecided");
  EXPECT_EQ(host::parse_json(read_text(path("out/report.json")), "report.json"), found);
}

TEST_F(ReportCommand, GroupsByConfigurationAndAdjustsForTheirNumber) {
  write_runs("runs/a", {}, 4, 0.1);
  RunFolder other;
  other.digest = "fedcba9876543210";
  other.lr = 2e-3;
  write_runs("runs/b", other, 4, 0.2);
  const Value found = report({path("runs"), "--power", "0.8"});
  ASSERT_EQ(found.find("groups")->as_list().size(), 2u);
  EXPECT_EQ(group(found, 0).find("label")->as_string(), "experiment (optimizer.lr=0.001)");
  EXPECT_EQ(group(found, 1).find("label")->as_string(), "experiment (optimizer.lr=0.002)");
  const Value& weaker = *group(found, 0).find("statistics");
  EXPECT_GE(number(weaker, "p_holm"), number(*weaker.find("effect"), "p_two_sided"));
  const Value& stronger = *group(found, 1).find("statistics");
  EXPECT_EQ(number(stronger, "p_holm"), 2 * number(*stronger.find("effect"), "p_two_sided"));
  // scipy.stats.nct: with two seeds the power is 0.91 already.
  EXPECT_EQ(stronger.find("seeds_needed")->as_integer(), 2);

  const Ended table = leakprobe({"report", path("runs"), "--power", "0.8"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("Set 'held_out' behind prefix 'reverse', at its maximum over"));
  EXPECT_THAT(table.out, HasSubstr("Leak: 'held_out' lies above chance and above control."));
  EXPECT_THAT(table.out, HasSubstr("4 of 4"));
  EXPECT_THAT(table.out, HasSubstr("the observed effect"));
  EXPECT_THAT(table.err, IsEmpty());
  EXPECT_TRUE(fs::exists(path("runs/report.json")));
}

TEST_F(ReportCommand, AnInvalidRunIsShownAndNeverAveraged) {
  write_runs("runs", {}, 3, 0.1);
  RunFolder invalid;
  invalid.seed = 3;
  invalid.verdict = "INVALID";
  invalid.reason = "gate elicit.recovered is 0.2, must be above 1";
  invalid.leak = -5;
  invalid.write(path("runs/s3"));
  const Value found = report({path("runs")});
  EXPECT_NEAR(number(*group(found, 0).find("statistics")->find("leak"), "mean"), 0.11, 1e-12);
  EXPECT_EQ(group(found, 0).find("counts")->find("invalid")->as_integer(), 1);
  const Ended table = leakprobe({"report", path("runs")});
  EXPECT_THAT(table.out, AllOf(HasSubstr("3 of 4"), HasSubstr("gate elicit.recovered is 0.2")));
  EXPECT_THAT(read_text(path("runs/runs.csv")), HasSubstr(",3,INVALID,-5.0,"));
}

TEST_F(ReportCommand, InvalidRunsAloneAreNoZeroAndEndWithStatus3) {
  RunFolder invalid;
  invalid.verdict = "INVALID";
  write_runs("runs", invalid, 3, 0.1);
  const Value found = report({path("runs")}, 3);
  EXPECT_TRUE(group(found, 0).find("statistics")->is_null());
  EXPECT_EQ(group(found, 0).find("conclusion")->as_string(), "No conclusion: no run is VALID.");
}

TEST_F(ReportCommand, WithoutATestNoColumnWaitsForItsNumbers) {
  const std::string unknown =
      "How many seeds would find an effect is not known: no group has several VALID runs that "
      "differ.";
  const auto table = [&] {
    return leakprobe(
               {"report", path("runs"), "--no-figures", "--power", "0.8", "--out", path("out")})
        .out;
  };
  RunFolder run;
  run.verdict = "INVALID";
  write_runs("runs", run, 2, 0.1);
  EXPECT_THAT(table(), AllOf(HasSubstr(unknown), Not(HasSubstr("seeds:")), Not(HasSubstr("Holm")),
                             Not(HasSubstr("interval")), HasSubstr("no run is VALID")));
  fs::remove_all(path("runs"));
  write_runs("runs", {}, 1, 0.1);
  EXPECT_THAT(table(), AllOf(HasSubstr(unknown), Not(HasSubstr("seeds:")), HasSubstr("interval")));
  write_runs("runs", {}, 3, 0.1);
  EXPECT_THAT(table(), AllOf(Not(HasSubstr(unknown)), HasSubstr("\nseeds:")));
}

TEST_F(ReportCommand, OneRunIsNoEvidence) {
  write_runs("runs", {}, 1, 0.3);
  const Value found = report({path("runs")});
  EXPECT_EQ(group(found, 0).find("finding")->as_string(), "none");
  const Value& effect = *group(found, 0).find("statistics")->find("effect");
  EXPECT_TRUE(effect.find("p_two_sided")->is_null());
  EXPECT_EQ(effect.find("undefined")->as_string(), "one value has no spread");
}

TEST_F(ReportCommand, PushedDownLessThanItsControlIsNoLeak) {
  for (int seed = 0; seed < 4; ++seed) {
    RunFolder run;
    run.seed = seed;
    run.leak = -0.5 - 0.01 * seed;
    run.control = -0.9;
    run.write(path("runs/s" + std::to_string(seed)));
  }
  const Value found = report({path("runs")});
  EXPECT_EQ(group(found, 0).find("finding")->as_string(), "no_leak");
  EXPECT_THAT(group(found, 0).find("conclusion")->as_string(), HasSubstr("not above chance"));
}

TEST_F(ReportCommand, AWaivedGateThatMissedItsBoundSpeaksAgainstWhatIsConcluded) {
  for (const auto& [digest, missed] :
       {std::pair("a123456789abcdef", true), {"b123456789abcdef", false}}) {
    RunFolder run;
    run.digest = digest;
    run.lr += missed ? 1e-3 : 0;
    run.gates = {{"suppress", "suppressed", -0.1}, {"elicit", "recovered", 2}};
    if (missed) run.missed = {"suppressed"};
    for (run.seed = 0; run.seed < 4; ++run.seed) {
      run.leak = 0.1 + 0.01 * run.seed;
      run.write(path("runs/" + run.digest + std::to_string(run.seed)));
    }
  }
  const Ended table = leakprobe({"report", path("runs"), "--out", path("out")});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("effect ± sd"));
  EXPECT_THAT(table.out, HasSubstr("\nWaived gates that missed their bounds in "));
  EXPECT_THAT(table.out, HasSubstr(": suppress.suppressed\n"));
  const Value found = host::parse_json(read_text(path("out/report.json")), "report.json");
  const std::string caveat = " But a waived gate missed its bound.";
  EXPECT_THAT(group(found, 0).text("conclusion"), testing::EndsWith(caveat));
  EXPECT_EQ(to_json(*group(found, 0).find("missed")), R"(["suppress.suppressed"])");
  EXPECT_THAT(group(found, 1).text("conclusion"), Not(HasSubstr(caveat)));
  EXPECT_EQ(to_json(*group(found, 1).find("missed")), "[]");
}

TEST_F(ReportCommand, ASweepNamesItsGroupsAndWhatHasNotRun) {
  write_runs("sweep", {}, 3, 0.1);
  write_sweep("sweep", "without", 4, "0123456789abcdef");
  const Value found = report({path("sweep")});
  EXPECT_EQ(group(found, 0).find("label")->as_string(), "freezing=without");
  EXPECT_EQ(group(found, 0).find("labels")->find("freezing")->as_string(), "without");
  ASSERT_EQ(found.find("axes")->as_list().size(), 1u);
  EXPECT_EQ(found.find("axes")->as_list().at(0).find("name")->as_string(), "freezing");
  const Value& counts = *group(found, 0).find("counts");
  EXPECT_EQ(counts.find("valid")->as_integer(), 3);
  EXPECT_EQ(counts.find("incomplete")->as_integer(), 0);
  EXPECT_EQ(counts.find("not_begun")->as_integer(), 1);
  EXPECT_THAT(read_text(path("out/runs.csv")),
              AllOf(HasSubstr("group,freezing,seed,verdict,"),
                    HasSubstr("\nfreezing=without,without,3,NOT BEGUN,,,,,")));
}

TEST_F(ReportCommand, ShowsEveryClaimByItsNameInTablesAndFigures) {
  RunFolder run;
  run.further = {{"relearned", 0}};
  for (run.seed = 0; run.seed < 4; ++run.seed) {
    run.leak = 0.1 + 0.01 * run.seed;
    run.further.front().second = -0.2 - 0.01 * run.seed;
    run.write(path("runs/s" + std::to_string(run.seed)));
  }
  write_sweep("runs", "without", 4, run.digest);
  fs::remove(path("runs/s3/result.json"));  // it states its claims in its experiment alone
  std::ofstream(path("runs/s3/status.json"))
      << R"({"state":"interrupted","phase":"elicit","step":3,"steps":9,"done":3,"total":9})";
  const Ended table = leakprobe({"report", path("runs"), "--out", path("out")});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("first: Set 'held_out' behind prefix 'reverse'"));
  EXPECT_THAT(table.out, HasSubstr("relearned: Set 'held_out' behind prefix 'reverse'"));
  EXPECT_THAT(table.out, HasSubstr("freezing=without: relearned"));
  const Value found = host::parse_json(read_text(path("out/report.json")), path("out/report.json"));
  ASSERT_EQ(found.find("groups")->as_list().size(), 2u);
  for (const auto& [index, name, mean] :
       {std::tuple(0u, "first", 0.11), {1u, "relearned", -0.21}}) {
    EXPECT_EQ(group(found, index).text("claim_name"), name);
    EXPECT_EQ(group(found, index).text("label"), std::string("freezing=without: ") + name);
    EXPECT_EQ(group(found, index).find("counts")->integer("valid"), 3);
    EXPECT_EQ(group(found, index).find("counts")->integer("incomplete"), 1);
    EXPECT_NEAR(number(*group(found, index).find("statistics")->find("leak"), "mean"), mean, 1e-9);
    const std::string csv = read_text(path(std::string("out/figures/effect_") + name + ".csv"));
    EXPECT_THAT(csv, HasSubstr("mean,without,"));
    const std::string spec =
        read_text(path(std::string("out/figures/effect_") + name + ".vl.json"));
    EXPECT_THAT(spec, HasSubstr("Claim '" + std::string(name) + "': "));
  }
}

TEST_F(ReportCommand, ShowsTheEffectAgainstAGateThatIsNamedWithItsPhaseOrWithout) {
  RunFolder run;
  for (const auto& [digest, suppressed] :
       {std::pair("a123456789abcdef", -3.0), {"b123456789abcdef", 0.0}}) {
    run.digest = digest;
    run.lr += 1e-3;
    for (run.seed = 0; run.seed < 3; ++run.seed) {
      run.leak = 0.1 + 0.01 * run.seed;
      run.gates = {{"suppress", "suppressed", suppressed - 2e-4 * run.seed},
                   {"calibrate", "at_chance", 0.01},
                   {"elicit", "at_chance", 0.02},
                   {"", "never_pushed_up", 0}};
      run.write(path("runs/" + run.digest + "-s" + std::to_string(run.seed)));
    }
  }
  const Ended table = leakprobe({"report", path("runs"), "--against", "suppressed"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("VALID  suppress.suppressed"),
                               HasSubstr("-3.000 ± 2.0e-4"), HasSubstr("-2.0e-4 ± 2.0e-4")));
  EXPECT_TRUE(fs::exists(path("runs/figures/effect_against_suppress.suppressed.csv")));
  EXPECT_THAT(read_text(path("runs/runs.csv")),
              HasSubstr(",claim,gate:suppress.suppressed,gate:calibrate.at_chance,"
                        "gate:elicit.at_chance,gate:never_pushed_up\n"));
  const Value found = report({path("runs"), "--against", "elicit.at_chance"});
  EXPECT_EQ(found.text("against"), "elicit.at_chance");
  EXPECT_NEAR(number(group(found, 0).at("statistics").at("gates").at("elicit.at_chance"), "mean"),
              0.02, 1e-12);
  const Ended without = leakprobe({"report", path("runs")});
  EXPECT_THAT(without.out, Not(HasSubstr("suppress.suppressed")));
  EXPECT_FALSE(fs::exists(path("runs/figures/effect_against_suppress.suppressed.csv")));

  const auto refused = [&](const char* gate) {
    const Ended ended =
        leakprobe({"report", path("runs"), "--against", gate, "--out", path("refused")});
    EXPECT_EQ(ended.status, 2) << ended.out;
    EXPECT_FALSE(fs::exists(path("refused")));
    return ended.err;
  };
  EXPECT_THAT(refused("recovered"),
              HasSubstr("no run has a value of a gate 'recovered'; there are suppress.suppressed, "
                        "calibrate.at_chance, elicit.at_chance and never_pushed_up"));
  EXPECT_THAT(refused("at_chance"), HasSubstr("name one of calibrate.at_chance and elicit"));
}

TEST_F(ReportCommand, ComparesTheClaimThatIsNamedAndSaysWhichItIs) {
  RunFolder run;
  run.further = {{"relearned", 0}};
  for (const auto& [below, shift] : {std::pair("a", 0.0), {"b", 1.0}}) {
    for (run.seed = 0; run.seed < 4; ++run.seed) {
      run.leak = 0.1 + 0.01 * run.seed;
      run.further.front().second = shift + 0.02 * run.seed * run.seed;
      run.control = shift * 0.001 * run.seed;
      run.write(path(std::string(below) + "/s" + std::to_string(run.seed)));
    }
  }
  const Ended first = leakprobe({"compare", path("a"), path("b")});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("Claim 'first' (--claim compares another: relearned): Set"));
  const Value named =
      json_of(leakprobe({"compare", path("a"), path("b"), "--claim", "relearned", "--json"}));
  EXPECT_EQ(named.at("a").text("claim_name"), "relearned");
  EXPECT_NEAR(number(named.find("pairs")->as_list().front(), "difference"), -1, 1e-9);
  const Ended unknown = leakprobe({"compare", path("a"), path("b"), "--claim", "relerned"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'relearned'?"));
}

TEST_F(ReportCommand, OneLabelOfTwoComputeTypesIsRefusedUnlessPooled) {
  write_runs("a", {}, 3, 0.1);
  write_sweep("a", "with", 3, "0123456789abcdef");
  RunFolder other;
  other.digest = "fedcba9876543210";
  other.compute = "bfloat16";
  write_runs("b", other, 3, 0.1);
  write_sweep("b", "with", 3, "fedcba9876543210");
  const Ended refused = leakprobe({"report", path("a"), path("b"), "--out", path("out")});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("'freezing=with' stands for two configurations"),
                                 HasSubstr("compute is \"float32\" or \"bfloat16\""),
                                 HasSubstr("--pool compute")));
  EXPECT_FALSE(fs::exists(path("out")));
  EXPECT_EQ(
      leakprobe({"report", path("a"), path("b"), "--pool", "data", "--out", path("out")}).status,
      2);

  const Value pooled = report({path("a"), path("b"), "--pool", "compute"});
  ASSERT_EQ(pooled.find("groups")->as_list().size(), 1u);
  EXPECT_EQ(group(pooled, 0).find("statistics")->find("n")->as_integer(), 3)
      << "a seed counts once";
  EXPECT_EQ(group(pooled, 0).find("counts")->integer("valid"), 6);
  EXPECT_EQ(group(pooled, 0).find("compute")->as_string(), "bfloat16, float32");
  EXPECT_THAT(to_json(*pooled.find("notes")), HasSubstr("several runs of one seed"));
}

TEST_F(ReportCommand, AConfigurationAndSeedCountsOnce) {
  write_runs("runs", {}, 3, 0.1);
  write_runs("copy", {}, 1, 0.7);
  const Value found = report({path("runs"), path("copy"), path("runs")});
  EXPECT_EQ(group(found, 0).find("statistics")->find("n")->as_integer(), 3);
  EXPECT_NEAR(number(*group(found, 0).find("statistics")->find("leak"), "mean"), 0.11, 1e-12);
  EXPECT_THAT(to_json(*found.find("notes")),
              AllOf(HasSubstr("copy/s0: has the configuration and seed of"),
                    Not(HasSubstr("runs/s0: has"))));
}

TEST_F(ReportCommand, BrokenForeignAndUnfinishedRunsAreNamedAndTheRestIsReported) {
  write_runs("runs", {}, 3, 0.1);
  RunFolder cut;
  cut.seed = 7;
  cut.write(path("runs/cut"));
  std::ofstream(path("runs/cut/result.json")) << "{\"version\": 1, \"na";
  fs::create_directories(path("runs/foreign"));
  std::ofstream(path("runs/foreign/result.json")) << "{\"accuracy\": 0.5}";
  RunFolder killed;
  killed.seed = 8;
  killed.write(path("runs/killed"));
  fs::remove(path("runs/killed/result.json"));
  std::ofstream(path("runs/killed/status.json"))
      << R"({"state": "running", "phase": "elicit", "step": 3, "steps": 9, "done": 3, "total": 9})";
  const Ended table = leakprobe({"report", path("runs")});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("3 of 3"), HasSubstr("is not valid JSON"),
                               HasSubstr("still running or killed in phase elicit")));
  EXPECT_THAT(table.err, HasSubstr("foreign/config.yaml"));
}

TEST_F(ReportCommand, FoldersWithoutRunsAndWrongWordsAreUsageErrors) {
  fs::create_directories(path("empty"));
  write_runs("runs", {}, 2, 0.1);
  const auto refused = [](const std::vector<std::string>& arguments) {
    const Ended ended = leakprobe(arguments);
    EXPECT_EQ(ended.status, 2) << ended.out;
    EXPECT_THAT(ended.out, IsEmpty());
    return ended.err;
  };
  EXPECT_THAT(refused({"report", path("empty")}), HasSubstr("holds no run"));
  EXPECT_THAT(refused({"report", path("absent")}), HasSubstr("there is no such folder"));
  EXPECT_THAT(refused({"report"}), HasSubstr("DIR is required"));
  EXPECT_THAT(refused({"report", path("runs"), "--pool", "computer"}),
              HasSubstr("did you mean 'compute'?"));
  EXPECT_THAT(refused({"report", path("runs"), "--power", "80"}), HasSubstr("between 0 and 1"));
  EXPECT_THAT(refused({"report", path("runs"), "--power", "high"}),
              HasSubstr("must be a number, found 'high'"));
}

TEST_F(ReportCommand, NothingIsWrittenIntoAFolderThatOnlyHasRunsFarBelow) {
  write_runs("home/somebody/runs/experiment", {}, 2, 0.1);
  const Ended ended = leakprobe({"report", path("home"), "--no-figures"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, "leakprobe: error: " + path("home") +
                           ": is no folder of runs, though there are some below it; name theirs, "
                           "or say with --out where the report goes\n");
  EXPECT_THAT(ended.out, IsEmpty());
  for (const auto& entry : fs::directory_iterator(path("home"))) {
    EXPECT_EQ(entry.path().filename(), "somebody");
  }
  EXPECT_EQ(leakprobe({"report", path("home"), "--no-figures", "--out", path("out")}).status, 0);
  EXPECT_EQ(leakprobe({"report", path("home/somebody/runs"), "--no-figures"}).status, 0);
}

TEST_F(ReportCommand, ReadsWhatRunWrites) {
  for (const char* seed : {"0", "1"}) {
    leakprobe({"run", source_path("examples/tiny.yaml"), std::string("seed=") + seed, "--out",
               path(std::string("runs/") + seed), "--quiet"});
  }
  const Value found = report({path("runs")});
  ASSERT_EQ(found.find("groups")->as_list().size(), 1u);
  const Value& tiny = group(found, 0);
  EXPECT_EQ(tiny.find("label")->as_string(), "tiny");
  EXPECT_EQ(tiny.find("compute")->as_string(), "float32");
  EXPECT_EQ(tiny.find("statistics")->find("n")->as_integer(), 2);
  const Value result = host::parse_json(read_text(path("runs/0/result.json")), "result.json");
  EXPECT_EQ(tiny.find("configuration")->as_string(), result.find("digest")->as_string());

  // A run that has not ended belongs to its configuration too.
  fs::remove(path("runs/1/result.json"));
  const Value unfinished = report({path("runs")});
  ASSERT_EQ(unfinished.find("groups")->as_list().size(), 1u);
  EXPECT_EQ(group(unfinished, 0).find("counts")->find("incomplete")->as_integer(), 1);
}

TEST_F(ReportCommand, CompareIsPairedBySeedAndNamesWhatHasNoPartner) {
  write_runs("a", {}, 5, 0.3);
  RunFolder other;
  other.digest = "fedcba9876543210";
  other.lr = 2e-3;
  write_runs("b", other, 4, 0.1);
  const Value comparison = json_of(leakprobe({"compare", path("a"), path("b"), "--json"}));
  EXPECT_EQ(comparison.find("pairs")->as_list().size(), 4u);
  EXPECT_NEAR(number(*comparison.find("statistics"), "mean"), 0.2, 1e-12);
  const Value& left_out = comparison.find("left_out")->as_list().at(0);
  EXPECT_EQ(left_out.find("seed")->as_integer(), 4);
  EXPECT_EQ(left_out.find("b")->as_string(), "absent");
  EXPECT_EQ(comparison.find("differences")->as_list().at(0).find("path")->as_string(),
            "optimizer.lr");

  fs::rename(path("b"), path("a/b"));
  const Ended several = leakprobe({"compare", path("a"), path("a")});
  EXPECT_EQ(several.status, 2);
  EXPECT_THAT(several.err,
              AllOf(HasSubstr("add ':' and one of 'experiment (optimizer.lr="),
                    HasSubstr("'experiment (optimizer.lr=0.001)' (0123456789abcdef)")));
  const Ended chosen = leakprobe({"compare", path("a") + ":0123", path("a") + ":fedc"});
  EXPECT_EQ(chosen.status, 0) << chosen.err;
  EXPECT_THAT(chosen.out, HasSubstr("absent"));
}

TEST_F(ReportCommand, CompareFindsTheCasesOfAnAxis) {
  // freezing=none and freezing=upper, each behind two prefixes, six seeds.
  std::string points;
  for (const std::string freezing : {"none", "upper"}) {
    for (const std::string prefix : {"near", "far"}) {
      RunFolder run;
      run.digest = (freezing == "none" ? "a" : "b") + std::string(prefix == "near" ? "0" : "1") +
                   "23456789abcdef";
      run.lr = freezing == "none" ? 1e-3 : prefix == "near" ? 2e-3 : 3e-3;
      const std::string below = "sweep/" + freezing + prefix;
      write_runs(below, run, 6, freezing == "none" ? 0.1 : 0.3);
      for (int seed = 0; seed < 6; ++seed) {
        const std::string s = std::to_string(seed);
        points += std::string(points.empty() ? "" : ",") +
                  "{\"label\":\"x\",\"labels\":{\"freezing\":\"" + freezing + "\",\"prefix\":\"" +
                  prefix + "\",\"seed\":\"" + s + "\"},\"directory\":\"" + freezing + prefix +
                  "/s" + s + "\",\"digest\":\"" + run.digest + "\",\"seed\":" + s + "}";
      }
    }
  }
  std::ofstream(path("sweep/sweep.json"))
      << "{\"version\":1,\"file\":\"x.yaml\",\"name\":\"experiment\",\"axes\":[{\"name\":"
         "\"freezing\",\"cases\":[\"none\",\"upper\"]},{\"name\":\"prefix\",\"cases\":[\"near\","
         "\"far\"]},{\"name\":\"seed\",\"cases\":[\"0\"]}],\"points\":["
      << points << "]}";

  const Ended several = leakprobe({"compare", path("sweep") + ":freezing=none", path("sweep")});
  EXPECT_EQ(several.status, 2);
  EXPECT_THAT(several.err,
              AllOf(HasSubstr("'freezing=none' names several configurations"),
                    HasSubstr("'freezing=none, prefix=near'"),
                    HasSubstr("'freezing=none, prefix=far'"), Not(HasSubstr("freezing=upper")),
                    HasSubstr("or compare the cases of the axis in pairs with --along freezing")));

  const Ended along = leakprobe({"compare", path("sweep"), "--along", "freezing"});
  EXPECT_EQ(along.status, 0) << along.err;
  EXPECT_THAT(along.out,
              AllOf(HasSubstr("Effect along freezing, of each seed the mean over prefix"),
                    HasSubstr("none  upper      6"), HasSubstr("0.031"),
                    HasSubstr("The effect of none is smaller than that of upper."),
                    HasSubstr("prefix=far, seed 4")));
  const Value comparison =
      json_of(leakprobe({"compare", path("sweep"), "--along", "freezing", "--json"}));
  const Value& one = comparison.find("comparisons")->as_list().at(0);
  EXPECT_NEAR(number(*one.find("statistics"), "mean"), -0.2, 1e-12);

  const Ended both = leakprobe({"compare", path("sweep"), path("sweep"), "--along", "freezing"});
  EXPECT_EQ(both.status, 2);
  const Ended none = leakprobe({"compare", path("sweep")});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("--along"));
}

TEST_F(ReportCommand, AnEffectBeyond709NatsHasNoRelativeIncrease) {
  write_runs("a", {}, 3, 5706);
  const Value statistics = *group(report({path("a"), "--no-figures"}), 0).find("statistics");
  const Value& effect = *statistics.find("effect");
  EXPECT_TRUE(effect.find("relative_increase_geometric")->is_null());
  EXPECT_EQ(effect.find("undefined")->as_string(),
            "the relative increase is beyond what a number holds");
  EXPECT_NEAR(number(effect, "mean"), 5706, 1);
}

TEST_F(ReportCommand, NearlyEqualEffectsNeedTwoSeeds) {
  RunFolder run;
  const double leaks[] = {0.5, 0.50001, 0.49999};
  run.control = 0;
  for (run.seed = 0; run.seed < 3; ++run.seed) {
    run.leak = leaks[run.seed];
    run.write(path("a/s" + std::to_string(run.seed)));
  }
  const Value found = report({path("a"), "--no-figures", "--power", "0.8"});
  EXPECT_EQ(group(found, 0).find("statistics")->find("seeds_needed")->as_integer(), 2);
}

/// A spreadsheet that opens the tables must compute no name in them.
TEST_F(ReportCommand, NoTableOfItHoldsAFormula) {
  RunFolder run;
  std::string points;
  for (const char* label : {"=1+1", "a;=2+2"}) {
    run.digest = std::string(1, *label == '=' ? 'a' : 'b') + "123456789abcdef";
    run.lr = *label == '=' ? 1e-3 : 2e-3;
    for (run.seed = 0; run.seed < 3; ++run.seed) {
      const std::string s = std::to_string(run.seed), below = run.digest + "/s" + s;
      run.leak = 0.1 * (run.seed + 1);
      run.write(path("sweep/" + below));
      std::string result = read_text(path("sweep/" + below + "/result.json"));
      result.replace(result.find("held_out"), 8, "@x");
      std::ofstream(path("sweep/" + below + "/result.json")) << result;
      vouch_again(path("sweep/" + below));
      points += std::string(points.empty() ? "" : ",") + "{\"label\":\"x\",\"labels\":{\"arm\":\"" +
                label + "\",\"seed\":\"" + s + "\"},\"directory\":\"" + below + "\",\"digest\":\"" +
                run.digest + "\",\"seed\":" + s + "}";
    }
  }
  std::ofstream(path("sweep/sweep.json"))
      << "{\"version\":1,\"file\":\"x.yaml\",\"name\":\"experiment\",\"axes\":[{\"name\":\"arm\","
         "\"cases\":[\"=1+1\",\"a;=2+2\"]},{\"name\":\"seed\",\"cases\":[\"0\"]}],\"points\":["
      << points << "]}";
  report({path("sweep")});
  const std::string runs = read_text(path("out/runs.csv"));
  EXPECT_THAT(runs, AllOf(HasSubstr(",'=1+1,"), Not(HasSubstr(",=1+1")), HasSubstr(",a;'=2+2,")));
  int tables = 0;
  std::string all;
  for (const auto& entry : fs::directory_iterator(path("out/figures"))) {
    if (entry.path().extension() != ".csv") continue;
    const std::string table = read_text(entry.path());
    EXPECT_THAT(table, AllOf(Not(HasSubstr(",=1+1")), Not(HasSubstr("\n=1+1")),
                             Not(HasSubstr(",@x")), Not(HasSubstr(";=2+2"))));
    ++tables;
    all += table;
  }
  EXPECT_GT(tables, 0);
  EXPECT_THAT(all, AllOf(HasSubstr("'=1+1"), HasSubstr("'@x"), HasSubstr("a;'=2+2")));
}

}  // namespace
}  // namespace leakprobe::cli
