#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/tensors.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

const fs::path kTiny = source_folder() / "examples/tiny.yaml";

/// examples/tiny.yaml run once a device, for all tests that only look at it.
const fs::path& tiny(const std::string& device = "cpu") {
  static std::map<std::string, fs::path> runs;
  const auto known = runs.find(device);
  if (known != runs.end()) return known->second;
  return runs.emplace(device, run_once(kTiny, {"device=" + device})).first->second;
}

void expect_equal_records(const fs::path& a, const fs::path& b) {
  for (const char* file : {"metrics.jsonl", "items.jsonl", "ledger.json"}) {
    EXPECT_FALSE(file_text(a / file).empty()) << file;
    EXPECT_EQ(file_text(a / file), file_text(b / file)) << file;
  }
}

class OnDevice : public testing::TestWithParam<std::string> {};

TEST_P(OnDevice, TheSameConfigurationAndSeedGiveTheSameRecordsByteForByte) {
  expect_equal_records(tiny(GetParam()), run_once(kTiny, {"device=" + GetParam()}));
}

INSTANTIATE_TEST_SUITE_P(Runs, OnDevice, testing::ValuesIn(devices()),
                         [](const auto& test) { return test.param; });

TEST(Runs, AnotherSeedGivesOtherMetrics) {
  const fs::path other = run_once(kTiny, {"seed=1"});
  EXPECT_NE(file_text(tiny() / "metrics.jsonl"), file_text(other / "metrics.jsonl"));
}

TEST(Runs, ARunCanBeRepeatedFromItsOwnResolvedConfiguration) {
  const fs::path again = run_once(tiny() / "config.yaml");
  EXPECT_EQ(file_text(tiny() / "metrics.jsonl"), file_text(again / "metrics.jsonl"));
  EXPECT_EQ(file_text(tiny() / "config.yaml"), file_text(again / "config.yaml"));
}

TEST(Runs, DpoStartsAtLn2WithMarginsOfZero) {
  for (const JsonValue& record : json_lines(tiny() / "metrics.jsonl")) {
    if (record.get_string("record") != "step" || record.get_string("phase") != "suppress") continue;
    const JsonValue terms = record.at("terms");
    const JsonValue term = terms.at(terms.keys().front());
    EXPECT_NEAR(term.get_double("loss"), std::log(2.0), 1e-6);
    EXPECT_NEAR(term.get_double("rewards/margins"), 0.0, 1e-5);
    return;
  }
  FAIL() << "there is no step of phase suppress";
}

TEST(Runs, MicroBatchesAddUpToTheWholeBatch) {
  const fs::path split = run_once(kTiny, {"rows_per_pass=5"});
  const auto whole = json_lines(tiny() / "metrics.jsonl");
  const auto parts = json_lines(split / "metrics.jsonl");
  ASSERT_EQ(whole.size(), parts.size());
  for (size_t i = 0; i < whole.size() && i < 60; ++i) {
    if (whole[i].get_string("record") != "step") continue;
    EXPECT_NEAR(whole[i].get_double("loss"), parts[i].get_double("loss"),
                2e-4 * std::abs(whole[i].get_double("loss")))
        << whole[i].get_string("phase") << " " << whole[i].get_int("step");
  }
}

TEST(Runs, TheLedgerHoldsEveryCopyAndNoHeldOutRowWasAPositiveTarget) {
  const JsonValue ledger = JsonValue::read(tiny() / "ledger.json");
  EXPECT_EQ(ledger.get_int("pushed_up_steps"), 0);
  EXPECT_GT(ledger.get_int("protected_rows"), 0);
  bool rejected = false;
  for (size_t c = 0; c < ledger.at("columns").size(); ++c) {
    const JsonValue column = ledger.at("columns")[c];
    for (size_t s = 0; s < column.at("sets").size(); ++s) {
      const JsonValue set = column.at("sets")[s];
      if (set.get_string("set") != "held_out") continue;
      EXPECT_EQ(column.get_string("declared_sign"), "negative");
      EXPECT_EQ(set.get_int("pushed_up"), 0);
      std::set<int64_t> counts;
      for (size_t i = 0; i < set.at("counts").size(); ++i) {
        counts.insert(set.at("counts")[i].as_int());
      }
      EXPECT_EQ(counts.size(), 1U) << "each held-out row was used equally often";
      rejected = true;
    }
  }
  EXPECT_TRUE(rejected);
}

TEST(Runs, AnAddedProbeAndPhaseChangeNeitherRowsNorEarlierPhases) {
  const fs::path more = run_once(source_folder() / "tests/golden/tiny_with_more.yaml");
  const auto steps = [](const fs::path& run) {
    std::string text;
    for (const JsonValue& record : json_lines(run / "metrics.jsonl")) {
      if (record.get_string("record") != "step" || record.get_string("phase") == "more") continue;
      text += record.raw().dump() + "\n";
    }
    return text;
  };
  EXPECT_EQ(steps(tiny()), steps(more));
}

TEST(Runs, CellsThatOnlyGatesNeedAreMeasuredAtTheEndsOfPhases) {
  const fs::path run = run_once(kTiny, {"probes.likelihood.prefixes=[reverse]"});
  size_t ends = 0, others = 0;
  for (const JsonValue& record : json_lines(run / "metrics.jsonl")) {
    if (record.get_string("record") != "evaluation") continue;
    const bool edge = record.get_bool("end") || record.get_int("step") < 0;
    (edge ? ends : others) += 1;
    std::set<std::string> prefixes;
    for (size_t c = 0; c < record.at("cells").size(); ++c) {
      prefixes.insert(record.at("cells")[c].get_string("prefix"));
    }
    EXPECT_EQ(prefixes, edge ? std::set<std::string>({"regular", "reverse"})
                             : std::set<std::string>({"reverse"}));
  }
  EXPECT_GT(ends, 3U);
  EXPECT_GT(others, 3U);
}

/// Starts the program; its process id.
pid_t start(const std::vector<std::string>& arguments) {
  const pid_t child = fork();
  if (child != 0) return child;
  std::vector<char*> argv;
  std::string program = LEAKPROBE_PROGRAM;
  argv.push_back(program.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(LEAKPROBE_PROGRAM, argv.data());
  _exit(127);
}

int status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int status_of(const std::vector<std::string>& arguments) { return status_of(start(arguments)); }

/// A device, and the phase and number of its steps after which the run is asked to stop.
class Interrupted : public testing::TestWithParam<std::tuple<std::string, std::string, int64_t>> {};

TEST_P(Interrupted, ARunThatWasStoppedAndResumedEqualsAnUndisturbedOne) {
  const auto& [device, phase, step] = GetParam();
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const host::ExperimentFile file{kTiny, {"device=" + device}};
  host::RunOptions options;
  options.out = fresh_folder("interrupted") / "run";
  options.observer.step = [phase = phase, step = step](const host::RunProgress& progress) {
    if (progress.phase == phase && progress.step == step) host::request_stop();
  };
  ASSERT_EQ(workbench.run(file, options).status, host::RunStatus::interrupted);
  EXPECT_LT(json_lines(options.out / "timing.jsonl").size(),
            json_lines(tiny(device) / "timing.jsonl").size());
  EXPECT_EQ(status_of({"run", kTiny, "device=" + device, "--out", options.out, "--quiet"}), 1)
      << "an unfinished run is not overwritten";
  options.observer = {};
  options.resume = true;
  ASSERT_EQ(workbench.run(file, options).status, host::RunStatus::valid);
  expect_equal_records(options.out, tiny(device));
}

INSTANTIATE_TEST_SUITE_P(AtSeveralSteps, Interrupted,
                         testing::Combine(testing::ValuesIn(devices()),
                                          testing::Values("calibrate", "suppress", "elicit"),
                                          testing::Values(1, 4)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param) + "_" +
                                  std::to_string(std::get<2>(test.param));
                         });

TEST(Runs, AStopThatComesBeforeTheFirstStepIsHeardOnce) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = fresh_folder("early") / "run";
  host::request_stop();
  const host::RunOutcome early = workbench.run({kTiny, {}}, options);
  EXPECT_EQ(early.status, host::RunStatus::interrupted);
  EXPECT_FALSE(early.begun);
  EXPECT_FALSE(fs::exists(options.out));
  options.resume = true;
  EXPECT_EQ(workbench.run({kTiny, {}}, options).status, host::RunStatus::valid);
  expect_equal_records(options.out, tiny());
}

TEST(Runs, AStopWhileTheModelIsMadeLeavesNothing) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  const fs::path above = fresh_folder("early_new") / "above";
  options.out = above / "run";
  options.observer.message = [](const std::string&, bool) { host::request_stop(); };
  const host::RunOutcome early = workbench.run({kTiny, {}}, options);
  EXPECT_EQ(early.status, host::RunStatus::interrupted);
  EXPECT_FALSE(early.begun);
  EXPECT_FALSE(fs::exists(above));
}

TEST(Runs, AStopWhileTheModelIsMadeReplacesNothing) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = fresh_folder("early_fresh") / "run";
  fs::copy(tiny(), options.out, fs::copy_options::recursive);
  options.fresh = true;
  options.observer.message = [](const std::string&, bool) { host::request_stop(); };
  const host::RunOutcome early = workbench.run({kTiny, {}}, options);
  EXPECT_EQ(early.status, host::RunStatus::interrupted);
  EXPECT_FALSE(early.begun);
  expect_equal_records(options.out, tiny());
  options.observer = {};
  options.fresh = false;
  EXPECT_TRUE(workbench.run({kTiny, {}}, options).existed);
}

TEST(Runs, ASecondProcessOnTheSameDirectoryIsRefused) {
  const fs::path out = fresh_folder("locked") / "run";
  ASSERT_EQ(status_of({"run", kTiny, "--out", out, "--quiet", "--limit-steps", "1"}), 0);
  const int lock = open((out / ".lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);  // as a running process holds it
  EXPECT_EQ(status_of({"run", kTiny, "--out", out, "--quiet"}), 1);
  close(lock);
  EXPECT_EQ(status_of({"run", kTiny, "--out", out, "--quiet"}), 0);
}

TEST(Runs, ALimitedRunIsNoResult) {
  const fs::path out = fresh_folder("limited") / "run";
  EXPECT_EQ(status_of({"run", kTiny, "--out", out, "--quiet", "--limit-steps", "2"}), 0);
  EXPECT_EQ(JsonValue::read(out / "result.json").get_string("verdict"), "NONE");
}

TEST(Runs, ARunThatFailsAGateIsInvalidWithStatus3) {
  const fs::path out = fresh_folder("invalid") / "run";
  EXPECT_EQ(status_of({"run", kTiny, "phases.elicit.waive=[margin]", "--out", out, "--quiet"}), 3);
  const JsonValue result = JsonValue::read(out / "result.json");
  EXPECT_EQ(result.get_string("verdict"), "INVALID");
  EXPECT_GT(result.at("reasons").size(), 0U);
}

TEST(Runs, AFinishedRunIsShownAgainNotRunAgain) {
  const auto before = fs::last_write_time(tiny() / "metrics.jsonl");
  EXPECT_EQ(status_of({"run", kTiny, "--out", tiny(), "--quiet"}), 0);
  EXPECT_EQ(fs::last_write_time(tiny() / "metrics.jsonl"), before);
}

}  // namespace
}  // namespace leakprobe
