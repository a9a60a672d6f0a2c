// The folders of the engine, in the order in which docs/architecture.md lists them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(LEAKPROBE_SOURCE_FOLDER);

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The first column of the table of folders.
std::vector<std::string> folders_in_order() {
  const std::regex row(R"(\| `([a-z]+)` \|.*)");
  std::vector<std::string> folders;
  bool inside = false;
  for (const std::string& line : lines_of(kSource / "docs/architecture.md")) {
    std::smatch match;
    if (line == "| folder | what is there |") inside = true;
    if (inside && line.empty()) break;
    if (inside && std::regex_match(line, match, row)) folders.push_back(match[1]);
  }
  return folders;
}

TEST(Folders, AreAllInTheTable) {
  std::vector<std::string> there;
  for (const fs::directory_entry& entry : fs::directory_iterator(kSource / "core/src")) {
    there.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(folders_in_order(), testing::UnorderedElementsAreArray(there));
}

TEST(Folders, IncludeOnlyThoseBeforeThem) {
  const std::vector<std::string> order = folders_in_order();
  const auto rank = [&](const std::string& folder) {
    return std::find(order.begin(), order.end(), folder) - order.begin();
  };
  const std::regex include(R"re(#include "([a-z]+)/.*")re");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kSource / "core/src")) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    const fs::path file = entry.path().lexically_relative(kSource / "core/src");
    for (const std::string& line : lines_of(entry.path())) {
      std::smatch match;
      if (!std::regex_match(line, match, include) || match[1] == "leakprobe") continue;
      EXPECT_LE(rank(match[1]), rank(file.begin()->string())) << file << ": " << line;
    }
  }
}

}  // namespace
}  // namespace leakprobe
