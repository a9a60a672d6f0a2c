#include "plugin/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace leakprobe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

/// A folder of the user's own, below one that may be as open as /tmp is.
class OpenPlacesTest : public ::testing::Test {
 protected:
  OpenPlacesTest() {
    std::string pattern = (fs::temp_directory_path() / "trustXXXXXX").string();
    folder_ = fs::canonical(::mkdtemp(pattern.data()));
    fs::create_directories(folder_ / "plugins");
    file_ = folder_ / "plugins" / "a.so";
    std::ofstream(file_) << "library";
    set_mode(folder_ / "plugins", 0755);
    set_mode(file_, 0644);
  }
  ~OpenPlacesTest() override { fs::remove_all(folder_); }

  static void set_mode(const fs::path& path, mode_t mode) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0) << path;
  }
  /// "<path below the folder>: <reason>" for each place found.
  std::vector<std::string> found(const SearchEntry& entry) const {
    std::vector<std::string> texts;
    for (const OpenPlace& place : open_places(entry, {file_})) {
      texts.push_back(place.path.lexically_relative(folder_).string() + ": " + place.reason);
    }
    return texts;
  }
  std::vector<std::string> found() const { return found({folder_ / "plugins", "x"}); }

  fs::path folder_, file_;
};

TEST_F(OpenPlacesTest, AreNoneWhereOnlyTheUserMayWrite) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(OpenPlacesTest, AreAFileThatEverybodyMayWrite) {
  set_mode(file_, 0646);
  EXPECT_THAT(found(), ElementsAre("plugins/a.so: may be written by everybody, who could run code "
                                   "here through a plugin; take that away with chmod o-w"));
}

TEST_F(OpenPlacesTest, AreAFolderThatEverybodyMayWriteAlsoWithTheStickyBit) {
  set_mode(folder_ / "plugins", 01777);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("plugins: may be written by everybody")));
  EXPECT_THAT(found({file_, "x"}), IsEmpty()) << "nobody else can replace this one";
}

TEST_F(OpenPlacesTest, AreAFolderAboveThatEverybodyMayWrite) {
  set_mode(folder_, 0777);
  EXPECT_THAT(found({file_, "x"}), ElementsAre(HasSubstr(".: may be written by everybody")));
}

TEST_F(OpenPlacesTest, AreNamedByTheTopmostFolderAlone) {
  set_mode(folder_, 0777);
  set_mode(folder_ / "plugins", 0777);
  set_mode(file_, 0666);
  EXPECT_THAT(found(), ElementsAre(HasSubstr(".: may be written by everybody")));
}

TEST_F(OpenPlacesTest, AreWhatAGroupMayWriteThatIsNotTheUsersAlone) {
  if (::geteuid() != 0) GTEST_SKIP() << "a user's own group may be private";
  set_mode(folder_ / "plugins", 0775);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("plugins: may be written by the group 'root'")));
}

TEST_F(OpenPlacesTest, AreWhatBelongsToAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(file_.c_str(), 4711, 0), 0);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("plugins/a.so: belongs to another user (4711)")));
}

TEST_F(OpenPlacesTest, AreThoseBehindALinkToo) {
  fs::create_directories(folder_ / "open");
  set_mode(folder_ / "open", 0777);
  fs::rename(file_, folder_ / "open" / "a.so");
  fs::create_symlink(folder_ / "open" / "a.so", file_);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("open: may be written by everybody")));
}

TEST_F(OpenPlacesTest, AreRelativePathsOfTheEnvironmentVariable) {
  const std::vector<OpenPlace> places = open_places({"plugins", kPathVariable}, {});
  ASSERT_EQ(places.size(), 1u);
  EXPECT_THAT(places[0].reason, HasSubstr("relative to the current folder"));
  EXPECT_THAT(open_places({"plugins", "--plugin-path"}, {}), IsEmpty());
}

}  // namespace
}  // namespace leakprobe
