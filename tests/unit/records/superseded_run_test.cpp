#include "records/superseded_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "format/files.h"
#include "format/support.h"
#include "leakprobe/error.h"
#include "records/lock.h"
#include "records/run_directory.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A folder with the files of a run, and some that somebody else put beside them.
class SupersededRunTest : public testing::Test {
 protected:
  SupersededRunTest() {
    write_lists();
    write("status.json", "old");
    write("metrics.jsonl", "old");
    write("sink.csv", "old");
    write("checkpoints/calibrate/model.safetensors", "old");
    write("notes.txt", "mine");
    write("checkpoints/best/model.safetensors", "mine");
    before_ = files();
  }

  void write(const std::string& name, const std::string& text) {
    folder_.write("run/" + name, text);
  }
  void write_lists() {
    write(".leakprobe",
          "run status.json\nrun metrics.jsonl\nrun log.txt\nrun sink.csv\nrun checkpoints\nrun "
          "more.csv\n");
    write("checkpoints/.leakprobe", "run calibrate\nrun .calibrate.writing\nrun elicit\n");
  }
  void begin_new() {
    write("status.json", "new");
    write("log.txt", "new");
    write("more.csv", "new");
    write("checkpoints/calibrate/model.safetensors", "new");
    write("checkpoints/elicit/model.safetensors", "new");
  }
  /// What is there, but for the lists.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(run_)) {
      if (!entry.is_regular_file() || entry.path().filename() == ".leakprobe") continue;
      files[entry.path().lexically_relative(run_).string()] = read_file(entry.path());
    }
    return files;
  }

  const TestFolder folder_;
  const fs::path run_ = folder_.path() / "run";
  std::map<std::string, std::string> before_;
};

TEST_F(SupersededRunTest, IsPutBackAsItWas) {
  SupersededRun earlier(run_);
  earlier.keep();
  EXPECT_TRUE(earlier.is_kept());
  EXPECT_FALSE(fs::exists(run_ / "status.json"));
  EXPECT_EQ(read_file(run_ / "notes.txt"), "mine");
  EXPECT_EQ(read_file(run_ / "checkpoints/best/model.safetensors"), "mine");
  begin_new();
  earlier.put_back();
  EXPECT_EQ(files(), before_);
  EXPECT_FALSE(fs::exists(run_ / ".superseded"));
}

TEST_F(SupersededRunTest, IsStillListedAsMadeByRunsOnceItIsBack) {
  fs::remove_all(run_ / "checkpoints/best");
  SupersededRun earlier(run_);
  earlier.keep();
  begin_new();
  earlier.put_back();
  earlier.keep();
  earlier.drop();
  EXPECT_FALSE(fs::exists(run_ / "checkpoints"));
  EXPECT_FALSE(fs::exists(run_ / "status.json"));
}

TEST_F(SupersededRunTest, IsGoneOnceItIsDropped) {
  SupersededRun earlier(run_);
  earlier.keep();
  begin_new();
  earlier.drop();
  EXPECT_FALSE(fs::exists(run_ / ".superseded"));
  EXPECT_EQ(read_file(run_ / "status.json"), "new");
  EXPECT_FALSE(fs::exists(run_ / "metrics.jsonl"));
  EXPECT_EQ(read_file(run_ / "checkpoints/best/model.safetensors"), "mine");
}

TEST_F(SupersededRunTest, IsPutBackByTheNextProcessWhereverOneWasKilled) {
  const fs::path aside = run_ / ".superseded";
  const auto kill_while_moving = [&] {  // on their way there, or back
    fs::create_directories(aside / "moving/checkpoints");
    fs::rename(run_ / "status.json", aside / "moving/status.json");
    fs::rename(run_ / "checkpoints/calibrate", aside / "moving/checkpoints/calibrate");
    write(".leakprobe", read_file(run_ / ".leakprobe") + "run .superseded\n");
  };
  kill_while_moving();
  EXPECT_TRUE(SupersededRun(run_).settle(false));
  EXPECT_EQ(files(), before_);

  SupersededRun(run_).keep();
  EXPECT_TRUE(SupersededRun(run_).settle(false)) << "before the new run wrote anything";
  EXPECT_EQ(files(), before_);

  SupersededRun(run_).keep();
  begin_new();
  fs::remove(run_ / "log.txt");  // while what the new run made was being removed
  EXPECT_TRUE(SupersededRun(run_).settle(false));
  EXPECT_EQ(files(), before_);

  EXPECT_FALSE(SupersededRun(run_).settle(false));
  EXPECT_EQ(files(), before_);
}

TEST_F(SupersededRunTest, IsDroppedByTheNextProcessWhereTheNewRunCanGoOn) {
  SupersededRun(run_).keep();
  begin_new();
  EXPECT_FALSE(SupersededRun(run_).settle(true));
  EXPECT_FALSE(fs::exists(run_ / ".superseded"));
  EXPECT_EQ(read_file(run_ / "status.json"), "new");

  SupersededRun(run_).keep();
  write("status.json", "newer");
  fs::rename(run_ / ".superseded/kept", run_ / ".superseded/dropped");
  fs::remove(run_ / ".superseded/dropped/log.txt");  // killed while it was being deleted
  EXPECT_FALSE(SupersededRun(run_).settle(false));
  EXPECT_FALSE(fs::exists(run_ / ".superseded"));
  EXPECT_EQ(read_file(run_ / "status.json"), "newer");
}

TEST_F(SupersededRunTest, IsDroppedWhereTheNewRunIsCompleteThoughItsStatusIsDamaged) {
  SupersededRun(run_).keep();
  begin_new();
  write("result.json", "new");
  write("status.json", "{\"state\": \"compl");
  {
    const RunDirectory directory(run_);
    EXPECT_EQ(directory.content(), RunDirectory::Content::complete);
    EXPECT_FALSE(directory.was_put_back());
  }
  EXPECT_EQ(read_file(run_ / "result.json"), "new");
  EXPECT_FALSE(fs::exists(run_ / ".superseded"));
}

TEST_F(SupersededRunTest, IsNamedToWhoeverOnlyLooksUntilItIsSettled) {
  EXPECT_EQ(superseded_note(run_), "");
  SupersededRun(run_).keep();
  EXPECT_THAT(superseded_note(run_), HasSubstr("an earlier run's files are in .superseded"));
  begin_new();
  EXPECT_NE(superseded_note(run_), "");
  {
    const FolderLock at_work(run_, FolderLock::Kind::exclusive);
    EXPECT_EQ(superseded_note(run_), "");
  }
  write("state.safetensors", "new");
  EXPECT_EQ(superseded_note(run_), "") << "the new run goes on";
  fs::remove(run_ / "state.safetensors");
  EXPECT_TRUE(SupersededRun(run_).settle(false));
  EXPECT_EQ(superseded_note(run_), "");
  write(".leakprobe", "run status.json\n");
  write(".superseded/kept/thesis.txt", "years");
  EXPECT_EQ(superseded_note(run_), "") << "it is somebody else's";
}

TEST_F(SupersededRunTest, AFolderInThePlaceOfAFileIsNotTakenForTheRuns) {
  write("log.txt/thesis.txt", "years");
  EXPECT_THAT(error_of([&] { SupersededRun(run_).keep(); }),
              HasSubstr("log.txt: is a folder where a run's file was"));
  EXPECT_EQ(read_file(run_ / "log.txt/thesis.txt"), "years");
  EXPECT_EQ(read_file(run_ / "status.json"), "old");
}

TEST_F(SupersededRunTest, AFolderOfThatNameThatSomebodyElseMadeIsLeftAlone) {
  write(".superseded/kept/thesis.txt", "years");
  SupersededRun earlier(run_);
  EXPECT_FALSE(earlier.settle(false));
  EXPECT_THAT(error_of([&] { earlier.keep(); }), HasSubstr("was not made by leakprobe"));
  EXPECT_EQ(read_file(run_ / ".superseded/kept/thesis.txt"), "years");
  EXPECT_EQ(read_file(run_ / "status.json"), "old");
}

}  // namespace
}  // namespace leakprobe
