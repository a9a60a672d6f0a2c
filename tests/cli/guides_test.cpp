// docs/writing_a_*.md: their code is that of the templates, which are built, asked all laws and
// run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "documents.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Guide : public testing::TestWithParam<const char*> {
 protected:
  std::string guide() const {
    return read_text(source_path("docs/writing_a" + article() + "_" + kind() + ".md"));
  }
  std::string template_file(const std::string& ending) const {
    return read_text(source_path("templates/" + kind() + "/example_" + kind() + ending));
  }
  std::string kind() const { return GetParam(); }

 private:
  std::string article() const { return kind() == "objective" ? "n" : ""; }
};

TEST_P(Guide, ShowsCodeOfItsTemplate) {
  const std::vector<std::string> shown = blocks(guide(), "cpp");
  ASSERT_THAT(shown, Not(IsEmpty()));
  const std::string there = template_file(".cpp") + template_file("_test.cpp");
  for (const std::string& block : shown) EXPECT_THAT(there, HasSubstr(block));
}

TEST_P(Guide, ShowsHowAnExperimentUsesIt) {
  const std::string there = read_text(source_path("templates/" + kind() + "/README.md"));
  for (const std::string& block : blocks(guide(), "yaml")) EXPECT_THAT(there, HasSubstr(block));
}

INSTANTIATE_TEST_SUITE_P(All, Guide, testing::Values("task", "objective", "probe", "phase"));

}  // namespace
}  // namespace leakprobe::cli
