#include "format/own_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(OwnFiles, AForeignFileIsNeitherClaimedNorRemoved) {
  const TestFolder folder;
  const fs::path thesis = folder.write("thesis.txt", "years");
  OwnFiles own(folder.path(), "run");
  EXPECT_THAT(error_of([&] {
                own.claim({"result.json", "thesis.txt"});
              }),
              HasSubstr("thesis.txt: is there already and was not made by leakprobe"));
  EXPECT_FALSE(own.owns("result.json")) << "a claim is made as a whole";
  EXPECT_THROW(own.remove_file("thesis.txt"), CheckError);
  EXPECT_TRUE(fs::exists(thesis));
}

TEST(OwnFiles, WhatWasClaimedIsKnownAgainAndMayBeRemoved) {
  const TestFolder folder;
  OwnFiles(folder.path(), "run").claim({"result.json", "checkpoints"});
  folder.write("result.json", "{}");
  folder.write("checkpoints/a/model", "weights");
  OwnFiles again(folder.path(), "run");
  again.claim({"result.json"});
  again.remove_file("result.json");
  again.remove_folder("checkpoints");
  EXPECT_FALSE(fs::exists(folder.path() / "result.json"));
  EXPECT_FALSE(fs::exists(folder.path() / "checkpoints"));
}

TEST(OwnFiles, EachMakerKnowsItsOwnAndRespectsTheOthers) {
  const TestFolder folder;
  OwnFiles(folder.path(), "run").claim({"result.json"});
  OwnFiles(folder.path(), "report").claim({"report.json"});
  EXPECT_THAT(OwnFiles(folder.path(), "run").names(), ElementsAre("result.json"));
  EXPECT_THAT(OwnFiles(folder.path(), "report").names(), ElementsAre("report.json"));
}

TEST(OwnFiles, AListFromElsewhereLeadsOutOfNoFolder) {
  const TestFolder folder;
  folder.write("list/.leakprobe",
               "run ../precious\nrun /etc/passwd\nrun ..\nrun .\nrun a/b\nrun .leakprobe\nrun \n"
               "nonsense\nrun good\nrun cut off");
  EXPECT_THAT(OwnFiles(folder.path() / "list", "run").names(), ElementsAre("good"));
}

TEST(OwnFiles, ALinkIsRemovedAndNotWhatItLeadsTo) {
  const TestFolder folder;
  const fs::path thesis = folder.write("precious/thesis.txt", "years");
  const fs::path run = folder.path() / "run";
  fs::create_directory(run);
  OwnFiles own(run, "run");
  own.claim({"checkpoints", "log.txt"});
  fs::create_symlink(folder.path() / "precious", run / "checkpoints");
  fs::create_symlink(thesis, run / "log.txt");
  own.remove_folder("checkpoints");
  own.remove_file("log.txt");
  EXPECT_TRUE(fs::exists(thesis));
  EXPECT_TRUE(fs::is_empty(run) || !fs::exists(run / "checkpoints"));
}

TEST(OwnFiles, AFolderGoesOnlyWhereNothingOfOthersIsLeftInIt) {
  const TestFolder folder;
  OwnFiles own(folder.path() / ".", "run");
  own.claim({"a"});
  folder.write("theirs", "");
  own.remove_if_empty();
  EXPECT_TRUE(fs::exists(folder.path() / "theirs"));
}

}  // namespace
}  // namespace leakprobe
