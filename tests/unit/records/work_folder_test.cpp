#include "records/work_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "format/own_files.h"
#include "format/support.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "records/lock.h"
#include "records/phase_snapshots.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class WorkFolderTest : public testing::Test {
 protected:
  const TestFolder folder_;
  const fs::path above_ = folder_.path() / "above";
  const fs::path work_ = above_ / "work";
};

TEST_F(WorkFolderTest, IsNotThereAfterwardsWhereNothingWasMadeInIt) {
  { const WorkFolder work(work_, "busy"); }
  EXPECT_FALSE(fs::exists(above_));
  {
    const WorkFolder work(work_, "busy");
    OwnFiles(work_, kRunMaker).claim({"log.txt"});  // and nothing comes of it
  }
  EXPECT_FALSE(fs::exists(above_));
}

TEST_F(WorkFolderTest, StaysWithWhatWasMadeInIt) {
  {
    const WorkFolder work(work_, "busy");
    OwnFiles(work_, kSweepMaker).claim({"sweep.json"});
    folder_.write("above/work/sweep.json", "{}");
  }
  EXPECT_TRUE(fs::exists(work_ / kLockFile));
  EXPECT_TRUE(OwnFiles(work_, kSweepMaker).owns("sweep.json"));
}

TEST_F(WorkFolderTest, IsLeftToWhoeverHasSomethingElseInIt) {
  const fs::path notes = folder_.write("above/notes.txt", "what I saw");
  { const WorkFolder work(work_, "busy"); }
  EXPECT_FALSE(fs::exists(work_));
  EXPECT_TRUE(fs::exists(notes));
  { const WorkFolder work(above_, "busy"); }
  EXPECT_TRUE(fs::exists(notes));
  EXPECT_FALSE(fs::exists(above_ / kLockFile));
}

TEST_F(WorkFolderTest, IsOneProcessesAtATime) {
  const WorkFolder work(work_, "busy");
  EXPECT_EQ(error_of([&] { WorkFolder(work_, "somebody works here"); }),
            work_.string() + ": somebody works here");
  EXPECT_TRUE(fs::exists(work_ / kLockFile)) << "the other one is still at it";
}

TEST_F(WorkFolderTest, CannotBeMadeWhereSomethingElseIs) {
  const fs::path file = folder_.write("file", "");
  EXPECT_NO_THROW(require_possible_folder(work_));
  EXPECT_NO_THROW(require_possible_folder(folder_.path()));
  for (const fs::path& odd : {file, file / "below"}) {
    EXPECT_THROW(require_possible_folder(odd), host::UsageError);
    EXPECT_THAT(error_of([&] { require_possible_folder(odd); }),
                HasSubstr(file.string() + ": is a file where a folder is needed"));
  }
}

TEST_F(WorkFolderTest, ALockThatWasRemovedIsTakenAnewByWhoeverWaitedForIt) {
  fs::create_directories(work_);
  std::optional<FolderLock> first(FolderLock(work_, FolderLock::Kind::exclusive));
  std::atomic<bool> has_it = false;
  std::thread other([&] {
    const FolderLock second(work_, FolderLock::Kind::exclusive);
    EXPECT_TRUE(fs::exists(work_ / kLockFile));
    EXPECT_FALSE(FolderLock::try_exclusive(work_)) << "a third gets what the second has";
    has_it = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(has_it);
  EXPECT_TRUE(remove_marks(work_));
  first.reset();
  other.join();
  EXPECT_TRUE(has_it);
}

TEST_F(WorkFolderTest, OfSnapshotsGoesWithTheLast) {
  folder_.write("run/state.safetensors", "state");
  folder_.write("run/metrics.jsonl", "lines");
  OwnFiles(folder_.path() / "run", kRunMaker).list({"metrics.jsonl", "state.safetensors"});
  const fs::path shared = above_ / "shared";
  const PhaseSnapshots snapshots(shared);
  snapshots.leave("one", folder_.path() / "run");
  snapshots.leave("two", folder_.path() / "run");
  snapshots.remove("one");
  EXPECT_TRUE(snapshots.has("two"));
  snapshots.remove_unfinished();
  EXPECT_TRUE(snapshots.has("two")) << "somebody may still need it";
  snapshots.remove("two");
  EXPECT_FALSE(fs::exists(shared));
  std::string fault;
  EXPECT_FALSE(snapshots.adopt("two", folder_.path() / "run", fault));
  EXPECT_EQ(fault, "");
  EXPECT_FALSE(fs::exists(shared));
}

}  // namespace
}  // namespace leakprobe
