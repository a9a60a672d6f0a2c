#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
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

  const Ended repeated =
      leakprobe({"run", out + "/config.yaml", "--out", (folder.path() / "2").string(), "--quiet"});
  EXPECT_EQ(repeated.status, 0) << repeated.err;
  EXPECT_EQ(read_text(fs::path(out) / "metrics.jsonl"),
            read_text(folder.path() / "2" / "metrics.jsonl"));
}

TEST(RunCommand, AFailedGateIsInvalidAndSaysWhy) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "strict.yaml", "extends: " + kTiny + "\nphases: [{name: suppress, waive: []}]\n");
  const Ended ended =
      leakprobe({"run", file, "--out", (folder.path() / "run").string(), "--quiet"});
  EXPECT_EQ(ended.status, 3) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("INVALID: gate suppress.suppressed"));
  EXPECT_THAT(ended.out, Not(HasSubstr("\nLeak:")));
}

TEST(RunCommand, ALimitedRunIsNoResult) {
  const TemporaryFolder folder;
  const Ended ended = leakprobe(
      {"run", kTiny, "--out", (folder.path() / "run").string(), "--limit-steps", "1", "--quiet"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("NO RESULT: limited to 1 step"));
}

TEST(RunCommand, AWrongExperimentStartsNothing) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "run";
  const Ended ended = leakprobe({"run", kTiny, "task.lenght=3", "--out", out.string()});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'length'?"));
  EXPECT_FALSE(fs::exists(out));
}

TEST(RunCommand, AnInterruptedRunGoesOnWithTheSameBits) {
  const TemporaryFolder folder;
  const std::vector<std::string> changes = {"phases.elicit.steps=400"};
  const auto run = [&](const char* name, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"run", kTiny, "--quiet", "--out",
                                          (folder.path() / name).string()};
    arguments.insert(arguments.end(), changes.begin(), changes.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  Program interrupted(run("a", {}));
  const fs::path metrics = folder.path() / "a" / "metrics.jsonl";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!interrupted.ended() && read_text(metrics).find("\"elicit\"") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  interrupted.send(SIGINT);
  const Ended ended = interrupted.wait();
  ASSERT_EQ(ended.status, 75) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("go on with --resume"));
  EXPECT_THAT(ended.err, HasSubstr("saving the state"));

  const Ended resumed = leakprobe(run("a", {"--resume"}));
  EXPECT_EQ(resumed.status, 0) << resumed.out << resumed.err;
  const Ended whole = leakprobe(run("b", {}));
  EXPECT_EQ(whole.status, 0) << whole.err;
  EXPECT_EQ(read_text(metrics), read_text(folder.path() / "b" / "metrics.jsonl"));
}

}  // namespace
}  // namespace leakprobe::cli
