#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "leakprobe/kind.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string replaced(const std::string& text, const std::string& pattern, const std::string& by) {
  return std::regex_replace(text, std::regex(pattern), by);
}

class NewOfAKind : public ::testing::TestWithParam<std::string> {};

TEST_P(NewOfAKind, IsAProjectUnderItsOwnName) {
  const std::string& kind = GetParam();
  const TemporaryFolder folder;
  const fs::path project = folder.path() / "own";
  const Ended ended = leakprobe({"new", kind, "acme.my_own", "--dir", project});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(names_in(project), ElementsAre("CMakeLists.txt", "README.md", "acme_my_own.cpp",
                                             "acme_my_own.yaml", "acme_my_own_test.cpp"));
  const std::string capital(1, static_cast<char>(kind[0] - 'a' + 'A'));
  const std::string with_capital = capital + kind.substr(1);
  for (const std::string& name : names_in(project)) {
    const std::string text = read_text(project / name);
    EXPECT_THAT(ended.out, HasSubstr((project / name).string() + "\n"));
    // Not a word has to be deleted.
    for (const char* word : {"example.", "example_", "Example", "TODO", "FIXME", "XXX"}) {
      EXPECT_THAT(text, Not(HasSubstr(word))) << name;
    }
    const std::string original = replaced(name, "acme_my_own", "example_" + kind);
    std::string expected = read_text(source_path("templates/" + kind + "/" + original));
    expected = replaced(expected, "example\\." + kind, "acme.my_own");
    expected = replaced(expected, "example_" + kind, "acme_my_own");
    expected = replaced(expected, "Example" + with_capital, "AcmeMyOwn" + with_capital);
    EXPECT_EQ(text, expected) << name;
  }
  EXPECT_THAT(read_text(project / "README.md"), HasSubstr("\nSource: "));
  EXPECT_THAT(read_text(project / "acme_my_own.cpp"), HasSubstr("\"acme.my_own\","));
}

INSTANTIATE_TEST_SUITE_P(All, NewOfAKind,
                         ::testing::ValuesIn(std::vector<std::string>(kKindNames.begin(),
                                                                      kKindNames.end())),
                         [](const auto& kind) { return kind.param; });

TEST(New, EndsWithTheThreeCommandsToGoOn) {
  const TemporaryFolder folder;
  const std::string project = folder.path() / "my own's";
  const Ended ended = leakprobe({"new", "probe", "acme.rank", "--dir", project});
  ASSERT_EQ(ended.status, 0) << ended.err;
  const std::string quoted = "'" + replaced(project, "'", "'\\''");
  EXPECT_THAT(ended.out,
              testing::ContainsRegex("\n\ncmake -S .* -B .*/build' -Dleakprobe_DIR=[^ ]*/cmake && "
                                     "cmake --build .*/build'\n"));
  EXPECT_THAT(ended.out, EndsWith("\nctest --test-dir " + quoted + "/build'\nleakprobe run " +
                                  quoted + "/acme_rank.yaml'\n"));
  const Value json =
      json_of(leakprobe({"new", "probe", "acme.rank", "--dir", folder.path() / "b", "--json"}));
  EXPECT_EQ(json.items("files").size(), 5u);
  EXPECT_EQ(json.texts("commands").at(1),
            "ctest --test-dir " + (folder.path() / "b/build").string());
}

TEST(New, ANameIsSnakeCaseAndNobodyElses) {
  const TemporaryFolder folder;
  const std::string project = folder.path() / "own";
  for (const char* name : {"Acme.Npo", "acme..npo", "acme.", ".npo", "2npo", "acme/npo", "a-b"}) {
    const Ended ended = leakprobe({"new", "objective", name, "--dir", project});
    EXPECT_EQ(ended.status, 2) << name;
    EXPECT_EQ(ended.err, "leakprobe: error: '" + std::string(name) +
                             "' is no name for a plugin: a name is short and snake_case, with its "
                             "author's before a dot, such as 'acme.npo'\n");
  }
  const Ended known = leakprobe({"new", "objective", "dpo", "--dir", project});
  EXPECT_EQ(known.status, 2);
  EXPECT_THAT(known.err,
              testing::MatchesRegex("leakprobe: error: objective 'dpo' is there already, in "
                                    ".*/dpo.so; choose another name, such as 'acme.dpo'\n"));
  EXPECT_FALSE(fs::exists(project));
  EXPECT_EQ(leakprobe({"new", "probe", "dpo", "--dir", project}).status, 0) << "another kind's";
}

TEST(New, OverwritesNothing) {
  const TemporaryFolder folder;
  const std::string file = folder.write("notes.txt", "mine");
  const Ended full = leakprobe({"new", "sink", "acme.lines", "--dir", folder.path()});
  EXPECT_EQ(full.status, 2);
  EXPECT_EQ(full.err, "leakprobe: error: the folder " + folder.path().string() +
                          " is not empty; name another one with --dir, or empty it\n");
  const Ended taken = leakprobe({"new", "sink", "acme.lines", "--dir", file});
  EXPECT_EQ(taken.status, 2);
  EXPECT_EQ(taken.err, "leakprobe: error: " + file +
                           " is there already and no folder; name another one with --dir\n");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("notes.txt"));
  EXPECT_EQ(read_text(file), "mine");
}

TEST(New, KindsAreThoseThatThereAre) {
  const Ended ended = leakprobe({"new", "objektive", "acme.npo"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err,
            "leakprobe: error: there is no kind 'objektive'; did you mean 'objective'?\n");
}

}  // namespace
}  // namespace leakprobe::cli
