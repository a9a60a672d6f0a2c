#include "format/content_hash.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "environment.h"
#include "support.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

class HashOfFile : public testing::Test {
 protected:
  HashOfFile() { ::setenv("XDG_CACHE_HOME", (folder_.path() / "cache").c_str(), 1); }

  /// A file of this many bytes, last changed an hour ago as far as its modification time says.
  fs::path file(size_t bytes, char fill = 'a') {
    const fs::path path = folder_.path() / "file";
    std::ofstream(path, std::ios::binary) << std::string(bytes, fill);
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
    return path;
  }
  size_t kept() const {
    std::error_code none;
    size_t files = 0;
    for ([[maybe_unused]] const auto& entry :
         fs::directory_iterator(folder_.path() / "cache/leakprobe/hashes", none)) {
      ++files;
    }
    return files;
  }

  const UnsetVariables variables_{"XDG_CACHE_HOME"};
  const TestFolder folder_;
};

constexpr size_t kLarge = size_t{20} << 20;

TEST_F(HashOfFile, IsXxh3Of128Bits) {
  // As xxhsum -H128 of an empty file and of one that holds "a" gives it.
  EXPECT_EQ(hash_of_file(file(0)), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash_of_file(file(1)), "a96faf705af16834e6c632b61e964e1f");
}

TEST_F(HashOfFile, OfSmallFilesIsNotKept) {
  hash_of_file(file(1000));
  EXPECT_EQ(kept(), 0U);
}

TEST_F(HashOfFile, OfAFileThatHasJustChangedIsNotKept) {
  // Its modification time was put back, and its change time cannot be.
  hash_of_file(file(kLarge));
  EXPECT_EQ(kept(), 0U);
}

TEST_F(HashOfFile, IsKeptWhereNothingHalfWrittenStays) {
  const fs::path large = file(kLarge);
  const fs::path litter = folder_.write("cache/leakprobe/hashes/.leakprobe-4194303-0.tmp", "{");
  std::this_thread::sleep_for(std::chrono::milliseconds(4100));  // its change time has to be old
  hash_of_file(large);
  EXPECT_EQ(kept(), 1U);
  EXPECT_FALSE(fs::exists(litter));
}

TEST_F(HashOfFile, ThatIsNotThereOrIsAFolderIsAnError) {
  EXPECT_THROW(hash_of_file(folder_.path() / "nothing"), Error);
  EXPECT_THROW(hash_of_file(folder_.path()), Error);
}

TEST_F(HashOfFile, ChangesWithTheFileWhateverItsTimesSay) {
  const std::string before = hash_of_file(file(kLarge, 'a'));
  EXPECT_NE(hash_of_file(file(kLarge, 'b')), before);
  EXPECT_EQ(hash_of_file(file(kLarge, 'a')), before);
}

TEST_F(HashOfFile, DoesNotNeedAFolderToKeepIt) {
  ::setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
  EXPECT_EQ(hash_of_file(file(kLarge)).size(), 32U);
}

}  // namespace
}  // namespace leakprobe
