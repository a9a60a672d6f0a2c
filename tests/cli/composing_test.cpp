// docs/composing_experiments.md and the experiments that it goes through.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "documents.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> steps() {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(source_path("examples/composing"))) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// A file without the comment at its beginning.
std::string content_of(const std::string& file) {
  std::istringstream lines(read_text(file));
  std::string content;
  for (std::string line; std::getline(lines, line);) {
    if (!content.empty() || !line.starts_with("#")) content += line + "\n";
  }
  return content;
}

TEST(ComposingExperiments, ShowsEveryStepAsItsFileHasIt) {
  const std::string guide = read_text(source_path("docs/composing_experiments.md"));
  const std::vector<std::string> shown = blocks(guide, "yaml");
  const std::vector<std::string> files = steps();
  ASSERT_EQ(shown.size(), files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(shown[i], content_of(files[i])) << files[i];
    const std::string link = "](../examples/composing/" + fs::path(files[i]).filename().string();
    const size_t at = guide.find(link);
    ASSERT_NE(at, guide.npos) << link;
    EXPECT_LT(at, guide.find(shown[i])) << files[i];
  }
}

TEST(ComposingExperiments, EveryStepUpToTheFourthRunsAndIsValid) {
  const TemporaryFolder folder;
  const std::vector<std::string> files = steps();
  // The fifth is an arm of the sixth.
  for (size_t i = 0; i + 2 < files.size(); ++i) {
    const std::string out = (folder.path() / std::to_string(i)).string();
    const Ended ended = leakprobe({"run", files[i], "--quiet", "--out", out, "threads=1"});
    EXPECT_EQ(ended.status, 0) << files[i] << "\n" << ended.out << ended.err;
  }
}

TEST(ComposingExperiments, TheLastStepIsASweepOverTheFifth) {
  const Value fifth = json_of(leakprobe({"resolve", steps().at(4), "--json"}));
  const Value sweep = json_of(leakprobe({"sweep", steps().back(), "--list", "--json"}));
  ASSERT_EQ(sweep.items("points").size(), 4u);
  EXPECT_EQ(sweep.items("points").front().text("digest"), fifth.text("digest"));
  const TemporaryFolder folder;
  const Ended ended = leakprobe({"sweep", steps().back(), "sweep.seed=[0]", "--jobs", "1", "--out",
                                 folder.path().string(), "threads=1"});
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, testing::HasSubstr("2 VALID")) << ended.err;
  const Ended compared = leakprobe({"compare", folder.path().string(), "--along", "freezing"});
  EXPECT_THAT(compared.out, testing::HasSubstr("without")) << compared.err;
}

}  // namespace
}  // namespace leakprobe::cli
