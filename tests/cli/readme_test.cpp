#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "documents.h"
#include "markdown.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// The README's first block in a language.
std::string block_of_readme(const std::string& language) {
  return blocks(read_text(source_path("README.md")), language).at(0);
}

TEST(Readme, ItsPluginIsTheExampleThatIsBuiltAndRun) {
  EXPECT_EQ(block_of_readme("cpp"), read_text(source_path("examples/plugin/npo.cpp")));
}

TEST(Readme, ItsExperimentIsValid) {
  const TemporaryFolder folder;
  const std::string file = folder.write("readme.yaml", block_of_readme("yaml"));
  const Ended ended = leakprobe({"validate", file});
  EXPECT_EQ(ended.status, 0) << ended.err;
}

/// The rows of the README's tables that name a command in their first column.
std::string rows_of(const std::string& command, const std::string& readme) {
  std::string rows;
  std::istringstream lines(readme);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) continue;
    const std::string first = line.substr(1, line.find('|', 1));
    if (std::regex_search(first, std::regex("`" + command + "[ `]"))) rows += line + "\n";
  }
  return rows;
}

TEST(Readme, NamesEveryCommandWithItsOptions) {
  // Of every command, and what a sweep gives its runs.
  const std::set<std::string> elsewhere = {"help", "json", "shared", "leave-after"};
  const std::string readme = read_text(source_path("README.md"));
  const std::string help = leakprobe({"help"}).out;
  const std::vector<std::string> commands =
      found(help.substr(help.find("Subcommands:")), R"(\n  ([a-z]+) )");
  EXPECT_THAT(commands, testing::IsSupersetOf({"run", "sweep", "version", "help"}));
  for (const std::string& command : commands) {
    const std::string rows = rows_of(command, readme);
    const std::string own = leakprobe({"help", command}).out;
    EXPECT_NE(rows, "") << command;
    for (const std::string& option : found(own, R"(\n  (?:-[a-z],)?--([a-z-]+))")) {
      if (elsewhere.contains(option)) continue;
      EXPECT_THAT(rows, testing::ContainsRegex("[` ]--" + option + "[` ]")) << command;
    }
    for (const std::string& option : found(rows, R"([` ]--([a-z-]+)[` ])")) {
      EXPECT_THAT(own + help, HasSubstr("--" + option)) << command;
    }
  }
}

TEST(Readme, NamesEveryExample) {
  const std::string readme = read_text(source_path("README.md"));
  const fs::path examples = source_path("examples");
  // Parts of experiments, and the experiment of the plugin's README.
  const std::set<std::string> elsewhere = {"arms", "phases", "plugin"};
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(examples)) {
    const fs::path& file = entry.path();
    const std::string folder = file.parent_path().filename();
    if (file.extension() != ".yaml" || elsewhere.contains(folder)) continue;
    if (file.filename() == "base.yaml" || file.filename() == "examples.yaml") continue;
    EXPECT_TRUE(readme.find("/" + file.filename().string() + "`") != readme.npos ||
                readme.find("`" + file.filename().string() + "`") != readme.npos ||
                readme.find(folder + "/*.yaml`") != readme.npos ||
                readme.find("`" + folder + "/`") != readme.npos)
        << file;
  }
}

TEST(Readme, NamesEveryFileOfARun) {
  const std::string readme = read_text(source_path("README.md"));
  const std::vector<std::string> files =
      found(read_text(source_path("core/src/compose/file_names.h")), R"re(= "([a-z.]+)")re");
  ASSERT_GT(files.size(), 10u);
  for (const std::string& file : files) {
    EXPECT_THAT(readme, testing::ContainsRegex("`" + file + "/?`"));
  }
}

/// The anchors of a document's headings, as GitHub makes them; what stands in a block is none.
std::set<std::string> anchors(const std::string& text) {
  std::set<std::string> all;
  bool in_block = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) in_block = !in_block;
    const size_t depth = line.find_first_not_of('#');
    if (in_block || depth == 0 || depth == line.npos || line[depth] != ' ') continue;
    all.insert(anchor_of(line.substr(depth + 1)));
  }
  return all;
}

TEST(Documents, LinkToWhatIsThere) {
  for (const auto& [file, text] : documents()) {
    for (const std::string& link : found(text, R"(\]\(([^):]+)\))")) {
      const size_t hash = std::min(link.find('#'), link.size());
      const fs::path target = hash == 0 ? file : file.parent_path() / link.substr(0, hash);
      EXPECT_TRUE(fs::exists(target)) << file << ": " << link;
      if (hash == link.size() || target.extension() != ".md") continue;
      EXPECT_TRUE(anchors(read_text(target)).contains(link.substr(hash + 1)))
          << file << ": there is no heading for " << link;
    }
  }
}

/// Examples that name files or folders which a reader has to put there, or are a choice of lines.
const std::set<std::string> kOnlyToRead = {"gpt_neox", "llama", "evaluate", "token_rows"};

/// What an example may be a part of.
std::vector<std::string> wholes(const TemporaryFolder& folder) {
  const std::string model =
      "model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4}\n";
  return {
      folder.write("paper.yaml", "extends: " + source_path("examples/tiny.yaml") + "\n"),
      folder.write("calibrated.yaml",
                   model + "task: {type: password, negatives: 16, held_out: 0.25}\nbatch: 16\n"
                           "objectives: {against: {type: dpo}}\nstreams:\n  pairs:\n"
                           "    chosen: {set: random, prefix: regular}\n"
                           "    rejected: {set: [useful, held_out], prefix: regular, repeat: 4}\n"
                           "phases:\n  - {name: calibrate, type: finetune, "
                           "rows: {set: random, count: 32, prefix: regular}}\n"),
      folder.write("looked_at.yaml", model + "phases: [{name: look, type: evaluate}]\n"),
  };
}

TEST(Documents, ExamplesAreValidParts) {
  const TemporaryFolder folder;
  const std::string texts = read_text(source_path("tasks/text_pairs/README.md"));
  folder.write("pairs.jsonl", found(texts, R"(\n```\n(\{"[^`]*)```)").at(0));
  const std::vector<std::string> whole_files = wholes(folder);
  std::vector<std::string> arguments = {"validate", "--json"};
  std::vector<std::string> places;
  for (const auto& [file, text] : documents()) {
    if (file.filename() != "README.md" && file.parent_path().filename() != "reference") continue;
    if (kOnlyToRead.contains(file.parent_path().filename().string())) continue;
    for (const std::string& example : blocks(text, "yaml")) {
      places.push_back(file.lexically_relative(source_path("")).string() + ":\n" + example);
      for (size_t i = 0; i < whole_files.size(); ++i) {
        const std::string name = std::to_string(places.size()) + "-" + std::to_string(i) + ".yaml";
        const bool is_complete = example.starts_with("name:") || example.starts_with("extends:");
        arguments.push_back(
            folder.write(name, (is_complete ? "" : "extends: " + whole_files[i] + "\n") + example));
      }
    }
  }
  ASSERT_GT(places.size(), 20u);
  const Value verdicts = json_of(leakprobe(arguments));
  for (size_t k = 0; k < places.size(); ++k) {
    bool valid = false;
    std::string why;
    for (size_t i = 0; i < whole_files.size(); ++i) {
      const Value& verdict = verdicts.as_list().at(k * whole_files.size() + i);
      valid = valid || verdict.boolean("valid");
      why += to_pretty_json(verdict.at("diagnostics")) + "\n";
    }
    EXPECT_TRUE(valid) << places[k] << why;
  }
}

/// `step/generate` is a file of the engine or of the tree, with or without what it ends in.
bool is_there(const std::string& name) {
  for (const char* root : {"", "core/", "core/src/"}) {
    for (const char* end : {"", ".h", ".cpp", "_test.cpp"}) {
      if (fs::exists(source_path(root + name + end))) return true;
    }
  }
  return false;
}

TEST(Documents, NamePlacesOfTheTreeThatAreThere) {
  for (const char* document : {"docs/architecture.md", "CONTRIBUTING.md", "bench/README.md"}) {
    const fs::path folder = source_path(document);
    for (const std::string& name :
         found(read_text(folder), R"(`((?:[a-z_]+/)+[a-z_]*(?:\.[a-z]+)?)`)")) {
      // What a run or an installation holds, by its words, is not of the tree.
      if (name.starts_with("share/")) continue;
      EXPECT_TRUE(is_there(name) || fs::exists(folder.parent_path() / name))
          << document << ": " << name;
    }
  }
}

TEST(Documents, NameWhatTheSourcesHave) {
  const std::string all = sources();
  for (const std::string& quoted :
       found(read_text(source_path("docs/architecture.md")), R"(`([^`\n]+)`)")) {
    for (const std::string& word : found(quoted, R"((\w+))")) {
      // Plain words are commands, keys and file names, which other tests look at.
      const bool is_identifier = word.find('_') != word.npos ||
                                 (std::isupper(static_cast<unsigned char>(word[0])) != 0 &&
                                  word.find_first_of("abcdefghijklmnopqrstuvwxyz") != word.npos);
      EXPECT_TRUE(!is_identifier || all.find(word) != all.npos) << quoted;
    }
  }
}

}  // namespace
}  // namespace leakprobe::cli
