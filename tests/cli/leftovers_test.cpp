#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "program.h"

/// What ends before it has made anything leaves nothing of leakprobe's behind.
namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kTiny = source_path("examples/tiny.yaml");

/// Names of what is in a folder.
std::vector<std::string> entries_of(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

bool is_mark(const std::string& name) { return name == ".lock" || name == ".leakprobe"; }

/// Folders in which nothing is but locks and lists.
std::vector<std::string> marks_alone(const fs::path& folder) {
  std::vector<std::string> found;
  if (!fs::exists(folder)) return found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    const std::vector<std::string> names = entries_of(entry.path());
    if (!names.empty() && std::all_of(names.begin(), names.end(), is_mark)) {
      found.push_back(entry.path().string());
    }
  }
  return found;
}

class Leftovers : public testing::Test {
 protected:
  /// An experiment whose mistake is found once its run has its folder.
  std::string file_with_a_late_mistake() const {
    return folder_.write(
        "late.yaml",
        "extends: " + kTiny + "\nphases: [{name: calibrate, from: {run: nowhere, phase: last}}]\n");
  }
  fs::path path(const std::string& name) const { return folder_.path() / name; }

  const TemporaryFolder folder_;
};

TEST_F(Leftovers, OfARefusedRunAreNone) {
  const std::string file = file_with_a_late_mistake();
  const fs::path out = path("a/b/run");
  EXPECT_EQ(leakprobe({"run", file, "--out", out}).status, 2);
  EXPECT_FALSE(fs::exists(path("a"))) << "not even the folders above";
}

TEST_F(Leftovers, OfARefusedRunAreNoneInAFolderThatWasThere) {
  const std::string file = file_with_a_late_mistake();
  fs::create_directory(path("empty"));
  EXPECT_EQ(leakprobe({"run", file, "--out", path("empty")}).status, 2);
  EXPECT_THAT(entries_of(path("empty")), IsEmpty());

  folder_.write("mine/notes.txt", "what I saw");
  EXPECT_EQ(leakprobe({"run", file, "--out", path("mine")}).status, 2);
  EXPECT_THAT(entries_of(path("mine")), ElementsAre("notes.txt"));

  folder_.write("theirs/config.yaml", "mine: true\n");
  const Ended ended = leakprobe({"run", kTiny, "--out", path("theirs")});
  EXPECT_THAT(ended.err, HasSubstr("was not made by leakprobe"));
  EXPECT_THAT(entries_of(path("theirs")), ElementsAre("config.yaml"));
}

TEST_F(Leftovers, OfARefusedSweepAreNone) {
  folder_.write("theirs/sweep.json", "{}");
  const Ended ended = leakprobe({"sweep", kTiny, "sweep={seed: [0]}", "--out", path("theirs")});
  EXPECT_NE(ended.status, 0);
  EXPECT_THAT(entries_of(path("theirs")), ElementsAre("sweep.json"));
  // Nobody takes what is submitted.
  const std::string programs = std::getenv("PATH");
  ::setenv("PATH", path("nothing").c_str(), 1);
  EXPECT_NE(
      leakprobe({"sweep", kTiny, "sweep={seed: [0]}", "--out", path("new"), "--slurm"}).status, 0);
  ::setenv("PATH", programs.c_str(), 1);
  EXPECT_FALSE(fs::exists(path("new")));
}

TEST_F(Leftovers, OfASweepThatIsAskedToEndAreThoseToGoOnWith) {
  const std::string file =
      folder_.write("two.yaml", "extends: " + kTiny + "\nsweep: {phases.elicit.batch: [4, 8]}\n");
  for (const int milliseconds : {0, 100, 700}) {
    const fs::path out = path("out" + std::to_string(milliseconds));
    const std::string said = path("said").string();
    Running running({"sweep", file, "threads=1", "--jobs", "1", "--out", out.string(), "--quiet"},
                    {}, "/dev/null", said);
    while (!fs::exists(out / "sweep.json")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    running.signal(SIGTERM);
    const int status = running.wait();
    EXPECT_TRUE(status == 75 || status == 0) << status;
    EXPECT_THAT(marks_alone(out), IsEmpty()) << milliseconds;
    if (fs::exists(out)) {
      EXPECT_FALSE(entries_of(out / "runs").empty()) << milliseconds;
    } else {
      EXPECT_THAT(read_text(said), HasSubstr("nothing is left of this sweep"));
    }
  }
}

TEST_F(Leftovers, OfARunThatIsAskedToEndBeforeItsFirstStepAreNone) {
  const fs::path out = path("run");
  const std::string said = path("said").string();
  Running running({"run", kTiny, "--out", out.string(), "--quiet"}, {}, "/dev/null", said);
  while (!fs::exists(out / "log.txt")) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  running.signal(SIGTERM);
  EXPECT_EQ(running.wait(), 75);
  if (fs::exists(out)) {  // it had begun by then
    EXPECT_TRUE(fs::exists(out / "state.safetensors"));
  } else {
    EXPECT_THAT(read_text(said), HasSubstr("is left as it was"));
  }
}

}  // namespace
}  // namespace leakprobe::cli
