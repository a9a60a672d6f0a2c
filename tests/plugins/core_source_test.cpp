#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "plugin/registry.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

std::string code_of(const fs::path& path) {
  std::ifstream stream(path);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return std::regex_replace(text, std::regex(R"((^|\n|[^:"])//[^\n]*)"), "$1");
}

std::map<fs::path, std::string> core_sources() {
  std::map<fs::path, std::string> sources;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(LEAKPROBE_SOURCE_FOLDER) / "core")) {
    const std::string extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".h") sources[entry.path()] = code_of(entry.path());
  }
  return sources;
}

/// Names of plugins that are words of the core too.
const std::set<std::string> kOtherMeanings = {
    "none",    // a prefix; which checkpoints are kept
    "linear",  // a scale of figures
    "csv",     // the form of a figure's data
};

TEST(CoreSource, NamesNoPlugin) {
  Registry registry;
  registry.load({{LEAKPROBE_PLUGIN_FOLDER, "the test"}});
  ASSERT_GT(registry.plugins().size(), 20u);
  const auto sources = core_sources();
  ASSERT_GT(sources.size(), 200u);
  for (const RegisteredPlugin* plugin : registry.plugins()) {
    const std::string& name = plugin->registration.name;
    if (kOtherMeanings.count(name) != 0) continue;
    for (const auto& [path, code] : sources) {
      EXPECT_EQ(code.find("\"" + name + "\""), std::string::npos) << name << " in " << path;
    }
  }
}

TEST(CoreSource, ChoosesNoPluginByName) {
  const std::regex chosen(R"(Slot<[A-Za-z]+>[^;\n]*[({]")");
  for (const auto& [path, code] : core_sources()) {
    EXPECT_FALSE(std::regex_search(code, chosen)) << path;
  }
}

}  // namespace
}  // namespace leakprobe
