#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "documents.h"
#include "leakprobe/host/workbench.h"
#include "markdown.h"
#include "program.h"
#include "reference_pages.h"
#include "reference_texts.h"

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// Holds a committed file against what the program prints. LEAKPROBE_UPDATE_EXPECTED=1 writes what
/// is printed; read the difference before committing it.
void expect_committed(const std::string& file, const std::vector<std::string>& command) {
  const Ended ended = leakprobe(command);
  ASSERT_EQ(ended.status, 0) << ended.err;
  const fs::path path = source_path("docs/reference/" + file);
  if (std::getenv("LEAKPROBE_UPDATE_EXPECTED") != nullptr) {
    std::ofstream(path, std::ios::binary) << ended.out;
    return;
  }
  // The texts are long: which line differs says more than both of them.
  const std::string committed = read_text(path);
  const auto [a, b] =
      std::mismatch(committed.begin(), committed.end(), ended.out.begin(), ended.out.end());
  if (a == committed.end() && b == ended.out.end()) return;
  ADD_FAILURE() << path << " is not what the program prints, from line "
                << std::count(committed.begin(), a, '\n') + 1
                << " on: './dev reference' renews the reference";
}

TEST(Reference, IsWhatTheProgramPrints) {
  expect_committed("README.md", {"reference"});
  expect_committed("experiment.schema.json", {"schema"});
  for (const std::string& page : reference_pages()) {
    expect_committed(page + ".md", {"reference", page});
  }
}

TEST(Reference, HasNoPageThatNothingPrints) {
  const std::vector<std::string> pages = reference_pages();
  for (const fs::directory_entry& entry : fs::directory_iterator(source_path("docs/reference"))) {
    const fs::path& file = entry.path();
    if (file.extension() != ".md" || file.filename() == "README.md") continue;
    EXPECT_NE(std::find(pages.begin(), pages.end(), file.stem().string()), pages.end()) << file;
  }
}

TEST(Reference, HasAPageForEveryKind) {
  const std::vector<std::string> pages = reference_pages();
  for (const char* kind : kKindNames) {
    EXPECT_EQ(std::count(pages.begin(), pages.end(), kind), 1) << kind;
  }
  const std::string index = leakprobe({"reference"}).out;
  for (const std::string& page : pages) EXPECT_THAT(index, HasSubstr("](" + page + ".md)"));
}

TEST(Reference, ExplainsEveryKeyUnderOneTopic) {
  std::multiset<std::string> explained;
  for (const ReferenceTopic& topic : reference_topics()) {
    explained.insert(topic.keys.begin(), topic.keys.end());
  }
  const Value keys = json_of(leakprobe({"show", "keys", "--json"}));
  for (const Value& key : keys.items("keys")) {
    EXPECT_EQ(explained.count(key.text("name")), 1u) << key.text("name");
  }
  EXPECT_EQ(explained.size(), keys.items("keys").size());
}

TEST(Reference, HasEveryParameterAndFactOfEveryPlugin) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const Value plugins = workbench.list(std::nullopt);
  ASSERT_GT(plugins.as_list().size(), 30u);
  for (const Value& each : plugins.as_list()) {
    const std::string kind = each.text("kind"), name = each.text("name");
    const std::string page = read_text(source_path("docs/reference/" + kind + ".md"));
    const size_t begin = page.find("\n## " + name + "\n");
    ASSERT_NE(begin, page.npos) << kind << "/" << name;
    const std::string section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
    const Value plugin = workbench.show(kind + "/" + name);
    for (const Value& parameter : plugin.items("parameters")) {
      EXPECT_THAT(section, HasSubstr("| `" + parameter.text("name") + "` |")) << name;
    }
    for (const Value& relation : plugin.items("relations")) {
      EXPECT_THAT(section, HasSubstr("\n- " + markdown_prose(relation.as_string()))) << name;
    }
    const Value* facts = plugin.find("facts");
    if (facts == nullptr || !facts->is_map()) continue;
    for (const Value::Entry& fact : facts->entries()) {
      EXPECT_THAT(page, HasSubstr("| `" + fact.key + "` |")) << name << ": what the fact means";
      EXPECT_THAT(section, HasSubstr("\n- `" + fact.key + "`:")) << name;
    }
  }
}

/// The commands in its examples, each a line.
TEST(Reference, ItsCommandsAreTaken) {
  const std::vector<std::string> commands =
      found(read_text(source_path("docs/reference/experiment.md")),
            R"(\nleakprobe (resolve examples/[^\n]+))");
  ASSERT_GE(commands.size(), 5u);
  for (const std::string& command : commands) {
    const std::string line =
        "cd '" + source_path("") + "' && '" LEAKPROBE_PROGRAM "' " + command + " >/dev/null 2>&1";
    EXPECT_EQ(std::system(line.c_str()), 0) << command;
  }
}

TEST(Reference, APluginOfOnesOwnIsOnItsPage) {
  const Ended ended =
      leakprobe({"reference", "reward", "--plugin-path", LEAKPROBE_FAULTY_FOLDER "/rewards.so"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const std::vector<std::string> own = found(ended.out, R"(\n## (test\.[a-z_]+)\n)");
  EXPECT_FALSE(own.empty()) << ended.out;
  // Only of our own is it known where their READMEs lie.
  for (const std::string& name : own) {
    EXPECT_THAT(ended.out, testing::Not(HasSubstr("/" + name + "/README.md")));
  }
}

TEST(Reference, AMisspeltPageGetsASuggestion) {
  const Ended ended = leakprobe({"reference", "objectiv"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err,
            "leakprobe: error: there is no page 'objectiv'; did you mean 'objective'?\n");
}

TEST(Markdown, QuotedWordsBecomeCodeAndApostrophesStay) {
  EXPECT_EQ(markdown_prose("a phase's 'initial', or the task's 'none'"),
            "a phase's `initial`, or the task's `none`");
  EXPECT_EQ(markdown_prose("weights' norm, and 'two words'"), "weights' norm, and 'two words'");
  EXPECT_EQ(markdown_prose("a * b < c"), "a \\* b \\< c");
}

TEST(Markdown, BarsEndNoCell) {
  MarkdownTable table({"key", "meaning"});
  EXPECT_EQ(table.text(), "");
  table.add({code_span("a|b"), "one\nline"});
  EXPECT_EQ(table.text(), "| key | meaning |\n|---|---|\n| `a\\|b` | one line |\n");
}

TEST(Markdown, HeadingsHaveTheirAnchors) {
  EXPECT_EQ(anchor_of("Plugins in place and by name"), "plugins-in-place-and-by-name");
  EXPECT_EQ(anchor_of("upper_layers"), "upper_layers");
  EXPECT_EQ(anchor_of("`never_pushed_up`: it failed"), "never_pushed_up-it-failed");
}

}  // namespace
}  // namespace leakprobe::cli
