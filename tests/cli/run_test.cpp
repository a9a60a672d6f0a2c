#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kTiny = source_path("examples/tiny.yaml");

TEST(RunCommand, EndsWithTheClaimAndWritesItsFiles) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "run").string();
  const Ended ended = leakprobe({"run", kTiny, "--out", out, "--quiet"});
  ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("Set 'held_out' behind prefix 'reverse'"));
  EXPECT_THAT(ended.out, HasSubstr("No held-out row was ever a positive target"));
  EXPECT_THAT(ended.out, HasSubstr("\nVALID"));
  EXPECT_THAT(ended.err, IsEmpty());
  for (const char* file : {"config.yaml", "environment.json", "metrics.jsonl", "timing.jsonl",
                           "items.jsonl", "ledger.json", "result.json", "status.json", "log.txt"}) {
    EXPECT_TRUE(fs::exists(fs::path(out) / file)) << file;
  }
  EXPECT_FALSE(fs::exists(fs::path(out) / "samples.jsonl")) << "its policy makes no rows";

  const Ended again = leakprobe({"run", kTiny, "--out", out, "--json"});
  EXPECT_EQ(again.status, 0) << again.err;
  const Value outcome = json_of(again);
  EXPECT_TRUE(outcome.find("existed")->as_boolean());
  EXPECT_EQ(outcome.find("result")->find("verdict")->as_string(), "VALID");

  const Ended audit = leakprobe({"audit", out});
  EXPECT_EQ(audit.status, 0) << audit.err;
  EXPECT_THAT(audit.out, HasSubstr("No held-out row was ever a positive target"));
  const Value judged = json_of(leakprobe({"audit", out, "--json"}));
  EXPECT_TRUE(judged.find("never_pushed_up")->as_boolean());
  EXPECT_EQ(judged.find("protected_rows")->as_integer(), 2);
}

TEST(RunCommand, WithoutStandardStreamsNoMessageGoesIntoTheRunsFiles) {
  const TemporaryFolder folder;
  const fs::path with = folder.path() / "with", without = folder.path() / "without";
  ASSERT_EQ(leakprobe({"run", kTiny, "--out", with.string()}).status, 0);
  EXPECT_EQ(leakprobe_without_streams({"run", kTiny, "--out", without.string()}), 1)
      << "its summary could not be written, as on a full disk";
  for (const char* file : {"config.yaml", "metrics.jsonl", "items.jsonl", "ledger.json"}) {
    EXPECT_EQ(read_text(without / file), read_text(with / file)) << file;
  }
  EXPECT_EQ(read_text(without / ".lock"), "");
  EXPECT_EQ(read_text(without / ".leakprobe"), read_text(with / ".leakprobe"));
  EXPECT_EQ(leakprobe({"audit", without.string()}).status, 0);
}

/// Leaves this thread, and the programs that it starts, one processor for as long as it lives.
class OnOneProcessor {
 public:
  OnOneProcessor() {
    EXPECT_EQ(::sched_getaffinity(0, sizeof(before_), &before_), 0);
    int one = 0;
    while (!CPU_ISSET(one, &before_)) ++one;
    cpu_set_t alone;
    CPU_ZERO(&alone);
    CPU_SET(one, &alone);
    EXPECT_EQ(::sched_setaffinity(0, sizeof(alone), &alone), 0);
  }
  ~OnOneProcessor() { ::sched_setaffinity(0, sizeof(before_), &before_); }
  OnOneProcessor(const OnOneProcessor&) = delete;
  OnOneProcessor& operator=(const OnOneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

TEST(RunCommand, ComputesOnNoMoreThreadsThanItMayUseProcessors) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "run";
  const OnOneProcessor limited;
  ASSERT_EQ(leakprobe({"run", kTiny, "--out", out.string(), "--quiet"}).status, 0);
  const Value environment = json_of({0, read_text(out / "environment.json"), ""});
  EXPECT_EQ(environment.find("threads")->as_integer(), 1);
}

TEST(RunCommand, AGpuThatIsNotThereIsNamedBeforeAnythingIsWritten) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "run";
  const Ended ended = leakprobe({"run", kTiny, "device=cuda:99", "--out", out.string()});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("device 'cuda:99' cannot be used: "));
  EXPECT_FALSE(fs::exists(out));
}

TEST(RunCommand, ATerminationThatComesTwiceStillSavesTheState) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "run";
  Running running({"run", kTiny, "phases.elicit.steps=100000", "--out", out.string(), "--quiet"});
  while (!fs::exists(out / "status.json")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  running.signal(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  running.signal(SIGTERM);
  EXPECT_EQ(running.wait(), 75);
  EXPECT_TRUE(fs::exists(out / "state.safetensors"));
}

TEST(RunCommand, ATerminationBeforeTheFirstStepIsAnInterruptionToo) {
  for (const char* command : {"run", "sweep"}) {
    const TemporaryFolder folder;
    const fs::path out = folder.path() / "out";
    const std::string err = (folder.path() / "err").string();
    Running running({command, kTiny, "--out", out.string(), "sweep.seed=[0, 1]"}, {}, err);
    // The first thing that it does.
    while (!running.hears(SIGTERM)) std::this_thread::sleep_for(std::chrono::microseconds(100));
    running.signal(SIGTERM);
    EXPECT_EQ(running.wait(), 75) << command;
    EXPECT_EQ(read_text(err),
              "\nleakprobe: asked to end by SIGTERM: nothing was begun; start it again\n");
    EXPECT_FALSE(fs::exists(out)) << command;
  }
}

TEST(RunCommand, ARunThatBeginsAnewWhereItShouldGoOnSaysSoThoughItIsQuiet) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "run").string();
  const Ended ended = leakprobe({"run", kTiny, "--out", out, "--resume", "--quiet"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err,
            "warning: " + out + ": nothing to resume, so the run starts at its first step\n");
}

TEST(RunCommand, AFailedGateIsInvalidAndSaysWhy) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "strict.yaml", "extends: " + kTiny + "\nphases: [{name: suppress, waive: []}]\n");
  const Ended ended =
      leakprobe({"run", file, "--out", (folder.path() / "run").string(), "--quiet"});
  EXPECT_EQ(ended.status, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.out,
              ContainsRegex("INVALID: gate suppress.suppressed is -?[0-9]+\\.[0-9]{3}, "));
  EXPECT_THAT(ended.out, Not(HasSubstr("\nLeak:")));
  EXPECT_THAT(ended.out, HasSubstr("This run says nothing about leaking: gate"));
}

TEST(RunCommand, AWrongExperimentStartsNothing) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "run";
  const Ended ended = leakprobe({"run", kTiny, "task.lenght=3", "--out", out.string()});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'length'?"));
  EXPECT_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace leakprobe::cli
