#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "leakprobe/host/workbench.h"
#include "program.h"
#include "run_folders.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// What `report` and `watch` take for runs where both look at one folder.
class FindRuns : public ::testing::Test {
 protected:
  fs::path path(const std::string& relative) const { return folder_.path() / relative; }
  void write(const std::string& relative, const std::string& text) const {
    fs::create_directories(path(relative).parent_path());
    std::ofstream(path(relative)) << text;
  }
  /// A run that another process has just begun: it makes its model and has written nothing else.
  void begin(const std::string& relative) const {
    write(relative + "/.lock", "");
    write(relative + "/log.txt", "");
  }
  /// A sweep of two seeds over the runs in its folder `runs`.
  void write_sweep(const std::string& relative) const {
    std::string points;
    for (const char* seed : {"0", "1"}) {
      points += std::string(points.empty() ? "" : ",") + R"({"label": "seed=)" + seed +
                R"(", "labels": {"seed": ")" + seed + R"("}, "directory": "runs/s)" + seed +
                R"(", "digest": "0123456789abcdef", "seed": )" + seed + "}";
    }
    write(relative + "/sweep.json",
          R"({"version": 1, "file": "x.yaml", "name": "experiment", "axes": [{"name": "seed", )"
          R"("cases": ["0", "1"]}], "points": [)" +
              points + "]}");
  }

  Value report(const std::string& relative) const {
    return json_of(leakprobe({"report", path(relative), "--json", "--no-figures"}));
  }
  /// By label, the state in which `watch` shows each run.
  std::map<std::string, std::string> watched(const std::string& relative) const {
    std::map<std::string, std::string> states;
    const Value frame = json_of(leakprobe({"watch", path(relative), "--json"}));
    for (const Value& run : frame.find("runs")->as_list()) {
      states[run.find("label")->as_string()] = run.find("state")->as_string();
    }
    return states;
  }
  /// The folders of the runs in a report, below `relative`.
  std::set<std::string> reported(const std::string& relative) const {
    std::set<std::string> runs;
    const Value found = report(relative);
    for (const Value& group : found.find("groups")->as_list()) {
      for (const Value& run : group.find("runs")->as_list()) {
        const fs::path directory = run.find("directory")->as_string();
        runs.insert(directory.lexically_relative(fs::canonical(path(relative))).string());
      }
    }
    return runs;
  }

  TemporaryFolder folder_;
};

using States = std::map<std::string, std::string>;

TEST_F(FindRuns, ReportAndWatchSeeTheSameRuns) {
  RunFolder().write(path("runs/done"));
  RunFolder().write(path("runs/done/checkpoints/copy"));
  RunFolder().write(path("runs/.trash/old"));
  fs::create_directory_symlink(path("runs/done"), path("runs/latest"));
  write("runs/notes/config.yaml", "my: experiment\n");
  write("runs/shared/.lock", "");
  write("runs/shared/0123456789abcdef/ledger.json", "{}");
  write("runs/shared/0123456789abcdef/metrics.jsonl", "");
  EXPECT_EQ(watched("runs"), (States{{"done", "complete"}}));
  EXPECT_EQ(reported("runs"), (std::set<std::string>{"done"}));
}

TEST_F(FindRuns, ARunThatHasJustBegunIsWatchedAndLeftOutOfAReportThatSaysSo) {
  RunFolder().write(path("runs/done"));
  begin("runs/new");
  const int lock = open(path("runs/new/.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);  // as its process holds it
  EXPECT_EQ(watched("runs"), (States{{"done", "complete"}, {"new", "running"}}));
  EXPECT_EQ(reported("runs"), (std::set<std::string>{"done"}));
  const Value found = report("runs");
  EXPECT_THAT(to_json(*found.find("notes")), AllOf(HasSubstr("runs/new"), HasSubstr("left out")));
  close(lock);
}

TEST_F(FindRuns, ASweepsPointsCountWhetherTheyHaveBegunOrNot) {
  write_sweep("sweep");
  begin("sweep/runs/s1");
  EXPECT_EQ(watched("sweep"), (States{{"seed=0", "waiting"}, {"seed=1", "waiting"}}));
  EXPECT_EQ(reported("sweep"), (std::set<std::string>{"runs/s0", "runs/s1"}));
  const Value found = report("sweep");
  const Value& runs = *found.find("groups")->as_list().at(0).find("runs");
  for (const Value& run : runs.as_list()) {
    EXPECT_EQ(run.find("verdict")->as_string(), "NOT BEGUN");
    EXPECT_THAT(to_json(*run.find("reasons")), HasSubstr("has taken no training step yet"));
  }
}

TEST_F(FindRuns, AFolderWithoutRunsSaysWhereTheyWereLookedFor) {
  fs::create_directories(path("some/a/b"));
  fs::create_directories(path("some/.hidden"));
  fs::create_directories(path("one/a"));
  fs::create_directories(path("none"));
  for (const auto& [folder, said] :
       {std::pair("some", ": holds no run, nor does any of the 2 folders below it; name"),
        {"one", ": holds no run, nor does the one folder below it; name"},
        {"none", ": holds no run; name"}}) {
    for (const char* command : {"report", "watch"}) {
      const Ended ended = leakprobe({command, path(folder)});
      EXPECT_EQ(ended.status, 2) << command;
      EXPECT_THAT(ended.err, HasSubstr(path(folder).string() + said)) << command;
    }
  }
}

TEST_F(FindRuns, ATreeOfSomethingElseIsNotWalkedToItsEnd) {
  for (int i = 0; i < 6000; ++i) fs::create_directories(path("tree/a/" + std::to_string(i)));
  const Ended none = leakprobe({"report", path("tree")});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr(": holds no run, nor does any of the 5000 folders nearest to it "
                                  "(no more are looked into); name"));
  // Those that are near are found, and that there may be more is said.
  RunFolder().write(path("tree/done"));
  EXPECT_EQ(reported("tree"), (std::set<std::string>{"done"}));
  const Value found = report("tree");
  EXPECT_THAT(to_json(*found.find("notes")), HasSubstr("only the 5000 folders nearest to it"));
}

TEST_F(FindRuns, NothingIsReadBelowAFolderThatIsNoneOfRuns) {
  write("far/a/b/c/status.json", "{}");
  const Ended ended = leakprobe({"report", path("far")});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("is no folder of runs, though there are some below it"));
}

TEST_F(FindRuns, ASweepOfAnotherVersionIsReadByNeither) {
  write("sweep/sweep.json", R"({"version": 2, "points": []})");
  for (const char* command : {"report", "watch"}) {
    const Ended ended = leakprobe({command, path("sweep"), "--json"});
    EXPECT_EQ(ended.status, 1) << command;
    EXPECT_THAT(ended.err, HasSubstr("this version is not known"));
  }
}

}  // namespace
}  // namespace leakprobe::cli
