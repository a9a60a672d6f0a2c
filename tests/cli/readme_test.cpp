#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;

/// What stands between ```<language> and ``` in the README, first block.
std::string block(const std::string& readme, const std::string& language) {
  const std::string open = "\n```" + language + "\n";
  const size_t begin = readme.find(open) + open.size();
  return readme.substr(begin, readme.find("\n```", begin) + 1 - begin);
}

TEST(Readme, ItsPluginIsTheExampleThatIsBuiltAndRun) {
  EXPECT_EQ(block(read_text(source_path("README.md")), "cpp"),
            read_text(source_path("examples/plugin/npo.cpp")));
}

TEST(Readme, ItsExperimentIsValid) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("readme.yaml", block(read_text(source_path("README.md")), "yaml"));
  const Ended ended = leakprobe({"validate", file});
  EXPECT_EQ(ended.status, 0) << ended.err;
}

TEST(Readme, NamesEveryCommandAndEveryExample) {
  const std::string readme = read_text(source_path("README.md"));
  for (const char* word :
       {"`run ", "`validate ", "`resolve ", "`rows ", "`list ", "`show ", "`schema`", "`score ",
        "`tokenize ", "`audit ", "`report ", "`compare ", "`doctor`"}) {
    EXPECT_THAT(readme, HasSubstr(word));
  }
}

}  // namespace
}  // namespace leakprobe::cli
