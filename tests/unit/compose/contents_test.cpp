#include "compose/contents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/stub_plugins.h"
#include "format/support.h"

namespace leakprobe::compose_test {
namespace {

namespace fs = std::filesystem;

/// An experiment whose task has paths among its options, nested, and a folder.
class Contents : public testing::Test {
 protected:
  Contents() {
    fs::create_directories(folder() / "data/deep");
    write("one.txt", "one");
    write("two.txt", "two");
    write("data/a.txt", "a");
    write("data/deep/b.txt", "b");
  }
  fs::path folder() const { return folder_.path() / name_; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder() / name, std::ios::binary) << text;
  }
  /// An experiment with these options of its task, "@" for the folder.
  std::string text(const std::string& options) const {
    std::string whole =
        experiment("  - {type: train, terms: {a: {rows: {set: taught, repeat: 1}}}}\n");
    const std::string task = "task: {type: words}";
    whole.replace(whole.find(task), task.size(), "task: {type: words, " + options + "}");
    for (size_t at = whole.find('@'); at != std::string::npos; at = whole.find('@')) {
      whole.replace(at, 1, folder().string());
    }
    return whole;
  }
  std::optional<Composition> made(const std::string& options) const {
    Diagnostics diagnostics;
    auto composition = composed(text(options), diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.sorted()) ADD_FAILURE() << diagnostic.text();
    return composition;
  }
  std::string digest(const std::string& options) const {
    const auto composition = made(options);
    return composition ? composition->digest : "";
  }

  std::string name_ = "here";
  const TestFolder folder_;
};

const char* const kFiles = "files: {x: [@/one.txt], y: [@/one.txt, @/two.txt]}";

TEST_F(Contents, OfFilesInNestedOptionsAreInTheDigest) {
  const std::string before = digest(kFiles);
  write("two.txt", "too");
  EXPECT_NE(digest(kFiles), before);
  write("two.txt", "two");
  EXPECT_EQ(digest(kFiles), before);
  EXPECT_NE(digest("files: {x: [@/two.txt], y: [@/one.txt, @/two.txt]}"), before);
}

TEST_F(Contents, CountWhereverTheyLieAndWhateverTheirFilesAreCalled) {
  const std::string before = digest(kFiles);
  fs::rename(folder(), folder_.path() / "there");
  name_ = "there";
  EXPECT_EQ(digest(kFiles), before);
  fs::rename(folder() / "two.txt", folder() / "zwei.txt");
  EXPECT_EQ(digest("files: {x: [@/one.txt], y: [@/./one.txt, @/data/../zwei.txt]}"), before);
}

TEST_F(Contents, OfAFolderAreAllFilesBelowIt) {
  const std::string before = digest("folder: @/data");
  write("data/deep/b.txt", "B");
  const std::string changed = digest("folder: @/data");
  EXPECT_NE(changed, before);
  write("data/deep/c.txt", "");
  EXPECT_NE(digest("folder: @/data"), changed);
}

TEST_F(Contents, OfAFolderAreTheFilesThatTheTaskNamesWhereItDoes) {
  const std::string before = digest("folder: @/data, names: true");
  write("data/deep/b.txt", "B");
  EXPECT_EQ(digest("folder: @/data, names: true"), before);
  write("data/a.txt", "A");
  EXPECT_NE(digest("folder: @/data, names: true"), before);
}

TEST_F(Contents, OfAPathThatLeadsNowhereAreThePathItself) {
  EXPECT_NE(digest("folder: @/nothing"), digest("folder: @/nowhere"));
}

TEST_F(Contents, ThatCannotBeReadAreAMistake) {
  write("secret.txt", "");
  fs::permissions(folder() / "secret.txt", fs::perms::none);
  if (std::ifstream(folder() / "secret.txt").good()) GTEST_SKIP() << "this user reads everything";
  EXPECT_THAT(errors_of(text("files: {x: [@/secret.txt]}")), testing::HasSubstr("secret.txt"));
}

TEST_F(Contents, AreListedByParameter) {
  const auto composition = made(kFiles);
  ASSERT_TRUE(composition);
  ASSERT_EQ(composition->files.size(), 3U);
  EXPECT_EQ(composition->files[0].parameter, "task.files.x[0]");
  EXPECT_EQ(composition->files[2].parameter, "task.files.y[1]");
  EXPECT_EQ(composition->files[2].path, folder() / "two.txt");
}

TEST_F(Contents, OfAMovableExperimentAreNamedFromWhereItLies) {
  const auto composition = made(kFiles);
  ASSERT_TRUE(composition);
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  const Value movable_files =
      *movable(composition->resolved, folder_.path() / "runs/r").find("task")->find("files");
  const Value elsewhere = *movable(composition->resolved, "/other/r").find("task")->find("files");
  fs::current_path(before);
  EXPECT_EQ(movable_files.find("x")->as_list()[0].as_string(), "../../here/one.txt");
  EXPECT_EQ(elsewhere.find("x")->as_list()[0].as_string(), (folder() / "one.txt").string());
}

TEST_F(Contents, OfAFolderAreThoseBehindLinks) {
  fs::create_directories(folder_.path() / "scratch/v1/part");
  write("../scratch/v1/part/c.txt", "one");
  fs::create_directory_symlink(folder_.path() / "scratch", folder() / "data/train");
  const std::string before = digest("folder: @/data");
  write("../scratch/v1/part/c.txt", "two");
  const std::string changed = digest("folder: @/data");
  EXPECT_NE(changed, before);
  // What links lead to twice, round in a circle and nowhere.
  fs::create_directory_symlink(folder() / "data", folder_.path() / "scratch/v1/back");
  fs::create_directory_symlink("train", folder() / "data/again");
  fs::create_symlink("nothing", folder() / "data/nowhere");
  const auto composition = made("folder: @/data");
  ASSERT_TRUE(composition);
  EXPECT_NE(composition->digest, changed);
  EXPECT_EQ(composition->files.size(), 4U) << "a.txt, deep/b.txt, and c.txt behind two links";
}

TEST_F(Contents, OfAFolderWithoutEndAreAMistake) {
  fs::path deep = folder() / "data";
  for (int i = 0; i < 18; ++i) {  // two links on each level: 2^18 ways down
    const std::string below = folder_.path() / ("level" + std::to_string(i));
    fs::create_directory(below);
    fs::create_directory_symlink(below, deep / "x");
    fs::create_directory_symlink(below, deep / "y");
    deep = below;
  }
  EXPECT_THAT(errors_of(text("folder: @/data")),
              testing::HasSubstr("holds more than 100000 files"));
}

}  // namespace
}  // namespace leakprobe::compose_test
