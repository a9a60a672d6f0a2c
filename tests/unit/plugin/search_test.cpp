#include "plugin/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> paths(const std::vector<SearchEntry>& entries) {
  std::vector<std::string> result;
  for (const SearchEntry& entry : entries) result.push_back(entry.path.string());
  return result;
}

TEST(PluginSearchPath, ListsNamedPathsThenTheEnvironmentThenTheProgram) {
  const auto entries = plugin_search_path({"/a", "/b"}, "/c:/d", "/bin/sh");
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[0].named_by, "--plugin-path");
  EXPECT_EQ(entries[2].named_by, "LEAKPROBE_PLUGIN_PATH");
  EXPECT_EQ(entries[4].named_by, "");
  EXPECT_TRUE(entries[4].path.string().ends_with("/lib/leakprobe/plugins"));
  EXPECT_EQ(paths({entries.begin(), entries.end() - 1}),
            std::vector<std::string>({"/a", "/b", "/c", "/d"}));
}

TEST(PluginSearchPath, AnEmptyEntryIsNotTheCurrentFolder) {
  EXPECT_THAT(paths(plugin_search_path({""}, ":/c::", {})), ElementsAre("/c"));
  EXPECT_TRUE(plugin_search_path({}, "", {}).empty());
  EXPECT_TRUE(plugin_search_path({}, nullptr, {}).empty());
}

TEST(PluginSearchPath, APluginFolderThatCannotBeReadIsAnError) {
  EXPECT_THROW(libraries_in("/nonexistent-folder-of-plugins"), Error);
}

}  // namespace
}  // namespace leakprobe
