#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <thread>
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

TEST_P(OnDevice, the_same_configuration_and_seed_give_the_same_records_byte_for_byte) {
  expect_equal_records(tiny(GetParam()), run_once(kTiny, {"device=" + GetParam()}));
}

INSTANTIATE_TEST_SUITE_P(Runs, OnDevice, testing::ValuesIn(devices()),
                         [](const auto& test) { return test.param; });

TEST(Runs, another_seed_gives_other_metrics) {
  const fs::path other = run_once(kTiny, {"seed=1"});
  EXPECT_NE(file_text(tiny() / "metrics.jsonl"), file_text(other / "metrics.jsonl"));
}

TEST(Runs, a_run_can_be_repeated_from_its_own_resolved_configuration) {
  const fs::path again = run_once(tiny() / "config.yaml");
  EXPECT_EQ(file_text(tiny() / "metrics.jsonl"), file_text(again / "metrics.jsonl"));
  EXPECT_EQ(file_text(tiny() / "config.yaml"), file_text(again / "config.yaml"));
}

TEST(Runs, dpo_starts_at_ln_2_with_margins_of_zero) {
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

TEST(Runs, micro_batches_add_up_to_the_whole_batch) {
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

TEST(Runs, the_ledger_holds_every_copy_and_no_held_out_row_was_a_positive_target) {
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

TEST(Runs, an_added_probe_and_phase_change_neither_rows_nor_earlier_phases) {
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

TEST(Runs, cells_that_only_gates_need_are_measured_at_the_ends_of_phases) {
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

bool wait_for_bytes(const fs::path& file, uintmax_t bytes) {
  for (int tries = 0; tries < 3000; ++tries) {
    std::error_code failure;
    const uintmax_t size = fs::file_size(file, failure);
    if (!failure && size >= bytes) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// A device, and when the signal comes, in milliseconds.
class Interrupted : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(Interrupted, a_run_that_was_stopped_and_resumed_equals_an_undisturbed_one) {
  const auto& [device, moment] = GetParam();
  const fs::path out = fresh_folder("interrupted") / "run";
  const std::vector<std::string> run = {"run", kTiny, "device=" + device, "--out", out, "--quiet"};
  const pid_t child = start(run);
  const auto whole = fs::file_size(tiny(device) / "timing.jsonl");
  // The state is written where the signal finds the run; files grow in blocks, so wait for status.
  ASSERT_TRUE(wait_for_bytes(out / "status.json", 1));
  std::this_thread::sleep_for(std::chrono::milliseconds(moment));
  kill(child, SIGINT);
  const int status = status_of(child);
  if (status == 0) GTEST_SKIP() << "the run had ended before the signal came";
  ASSERT_EQ(status, 75);
  EXPECT_LT(fs::file_size(out / "timing.jsonl"), whole);
  EXPECT_EQ(status_of(run), 1) << "an unfinished run is not overwritten";
  std::vector<std::string> resume = run;
  resume.emplace_back("--resume");
  ASSERT_EQ(status_of(resume), 0);
  expect_equal_records(out, tiny(device));
}

INSTANTIATE_TEST_SUITE_P(AtSeveralMoments, Interrupted,
                         testing::Combine(testing::ValuesIn(devices()),
                                          testing::Values(0, 300, 1000, 2000)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_after_" +
                                  std::to_string(std::get<1>(test.param)) + "_ms";
                         });

TEST(Runs, a_stop_that_comes_before_the_first_step_is_heard_once) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = fresh_folder("early") / "run";
  options.quiet = true;
  host::request_stop();
  EXPECT_EQ(workbench.run({kTiny, {}}, options).status, host::RunStatus::interrupted);
  options.resume = true;
  EXPECT_EQ(workbench.run({kTiny, {}}, options).status, host::RunStatus::valid);
  expect_equal_records(options.out, tiny());
}

TEST(Runs, a_second_process_on_the_same_directory_is_refused) {
  const fs::path out = fresh_folder("locked") / "run";
  ASSERT_EQ(status_of({"run", kTiny, "--out", out, "--quiet", "--limit-steps", "1"}), 0);
  const int lock = open((out / ".lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);  // as a running process holds it
  EXPECT_EQ(status_of({"run", kTiny, "--out", out, "--quiet"}), 1);
  close(lock);
  EXPECT_EQ(status_of({"run", kTiny, "--out", out, "--quiet"}), 0);
}

TEST(Runs, a_limited_run_is_no_result) {
  const fs::path out = fresh_folder("limited") / "run";
  EXPECT_EQ(status_of({"run", kTiny, "--out", out, "--quiet", "--limit-steps", "2"}), 0);
  EXPECT_EQ(JsonValue::read(out / "result.json").get_string("verdict"), "NONE");
}

TEST(Runs, a_run_that_fails_a_gate_is_invalid_with_status_3) {
  const fs::path out = fresh_folder("invalid") / "run";
  EXPECT_EQ(status_of({"run", kTiny, "phases.elicit.waive=[margin]", "--out", out, "--quiet"}), 3);
  const JsonValue result = JsonValue::read(out / "result.json");
  EXPECT_EQ(result.get_string("verdict"), "INVALID");
  EXPECT_GT(result.at("reasons").size(), 0U);
}

TEST(Runs, a_finished_run_is_shown_again_not_run_again) {
  const auto before = fs::last_write_time(tiny() / "metrics.jsonl");
  EXPECT_EQ(status_of({"run", kTiny, "--out", tiny(), "--quiet"}), 0);
  EXPECT_EQ(fs::last_write_time(tiny() / "metrics.jsonl"), before);
}

}  // namespace
}  // namespace leakprobe
