#include "leakprobe/host/examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "leakprobe/host/workbench.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

const std::string kSchemaLine = "# yaml-language-server: $schema=";

/// The schema that the first line of a file names, beside the file.
fs::path schema_of(const fs::path& file) {
  const std::string text = read_text(file);
  EXPECT_THAT(text, StartsWith(kSchemaLine)) << file;
  const std::string name = text.substr(kSchemaLine.size(), text.find('\n') - kSchemaLine.size());
  return (file.parent_path() / name).lexically_normal();
}

/// Files below a folder, by their paths in it.
std::set<std::string> files_below(const fs::path& folder) {
  std::set<std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(entry.path().lexically_relative(folder).string());
  }
  return files;
}

TEST(Examples, AreAllExperimentsOfTheTree) {
  std::set<std::string> experiments, listed;
  const fs::path root = source_path("examples");
  for (const std::string& file : files_below(root)) {
    // The plugin's is run with the plugin.
    if (!file.ends_with(".yaml") || file == "examples.yaml" || file.starts_with("plugin/"))
      continue;
    if (schema_of(root / file).filename() == "experiment.schema.json") experiments.insert(file);
  }
  for (const host::Example& example : host::examples()) {
    EXPECT_TRUE(listed.insert(example.file).second) << example.file;
  }
  EXPECT_EQ(listed, experiments);
}

TEST(Examples, SayWhatTheyAnswerAndHowLongItTakes) {
  const Ended table = leakprobe({"examples"});
  EXPECT_EQ(table.status, 0) << table.err;
  const Value json = json_of(leakprobe({"examples", "--json"}));
  ASSERT_EQ(json.as_list().size(), host::examples().size());
  for (const Value& example : json.as_list()) {
    const std::string& question = example.text("question");
    EXPECT_THAT(question, EndsWith("?"));
    EXPECT_THAT(question, Not(HasSubstr("\n")));
    EXPECT_GT(example.number("minutes"), 0) << question;
    EXPECT_THAT(table.out, HasSubstr("\n" + example.text("name") + " "));
    EXPECT_THAT(table.out, HasSubstr("  " + question));
    EXPECT_THAT(table.out, HasSubstr(example.text("needs")));
  }
  EXPECT_THAT(table.out, testing::ContainsRegex("\nquick +2 min +Do passwords"));
}

TEST(Copy, EveryExampleIsValidInAFolderOfItsOwn) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const Value schema = workbench.schema();
  for (const host::Example& example : host::examples()) {
    const TemporaryFolder folder;
    const host::CopiedExample copied = host::copy_example(example.name, folder.path(), schema);
    EXPECT_EQ(copied.file.filename().string(), fs::path(example.file).filename().string());
    for (const Diagnostic& diagnostic : workbench.validate({copied.file, {}})) {
      EXPECT_NE(diagnostic.severity, Diagnostic::Severity::error) << diagnostic.text();
    }
    std::set<std::string> files;
    for (const fs::path& file : copied.files) {
      files.insert(file.lexically_relative(folder.path()).string());
      if (file.extension() != ".yaml") continue;
      EXPECT_TRUE(fs::is_regular_file(schema_of(file))) << file;
      EXPECT_EQ(schema_of(file).parent_path().string(), folder.path().string()) << file;
      // Commands in comments are those of the copy.
      EXPECT_THAT(read_text(file), Not(HasSubstr(" examples/" + example.file))) << file;
    }
    EXPECT_EQ(files_below(folder.path()), files) << example.name;
    EXPECT_TRUE(files.contains("experiment.schema.json")) << example.name;
  }
}

TEST(Copy, IsTheSameExperiment) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  for (const auto& [name, file] : {std::pair{"quick", "password/quick.yaml"},
                                   {"texts", "texts/quick.yaml"},
                                   {"rlhf_quick", "rlhf/quick_rloo.yaml"}}) {
    const TemporaryFolder folder;
    const fs::path copy = host::copy_example(name, folder.path(), workbench.schema()).file;
    const std::string original = source_path(std::string("examples/") + file);
    EXPECT_EQ(workbench.resolve({copy, {}}).text("digest"),
              workbench.resolve({original, {}}).text("digest"))
        << name;
  }
}

TEST(Copy, HasAllThatTheExampleExtends) {
  const TemporaryFolder folder;
  const fs::path own = folder.path() / "my own";
  const Ended ended = leakprobe({"copy", "quick", own});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(files_below(own),
              ElementsAre("base.yaml", "experiment.schema.json", "part.schema.json",
                          "phase.schema.json", "phases/calibrate.yaml", "phases/elicit.yaml",
                          "phases/suppress.yaml", "quick.yaml"));
  for (const std::string& file : files_below(own)) {
    EXPECT_THAT(ended.out, HasSubstr((own / file).string() + "\n"));
  }
  EXPECT_THAT(ended.out, EndsWith("\n\nleakprobe run '" + (own / "quick.yaml").string() + "'\n"));
  EXPECT_EQ(read_text(own / "experiment.schema.json"), leakprobe({"schema"}).out);
  for (const char* part : {"part.schema.json", "phase.schema.json"}) {
    EXPECT_EQ(read_text(own / part), read_text(source_path("docs/reference/" + std::string(part))));
  }
  EXPECT_THAT(read_text(own / "quick.yaml"), StartsWith(kSchemaLine + "experiment.schema.json\n"));
  EXPECT_THAT(read_text(own / "phases/elicit.yaml"),
              StartsWith(kSchemaLine + "../phase.schema.json\n"));
  // Commands in comments are those of this folder.
  EXPECT_THAT(read_text(own / "quick.yaml"), HasSubstr("leakprobe run quick.yaml\n"));
}

TEST(Copy, HasWhatTheCasesOfASweepExtend) {
  const TemporaryFolder folder;
  const Ended ended = leakprobe({"copy", "objectives", folder.path(), "--json"});
  const Value json = json_of(ended);
  EXPECT_EQ(json.text("command"),
            "leakprobe sweep " + (folder.path() / "objectives/suppression.yaml").string());
  const std::vector<std::string> files = json.texts("files");
  for (const char* file : {"objectives/arms/npo.yaml", "objectives/arms/all.yaml",
                           "password/quick.yaml", "password/phases/elicit.yaml"}) {
    EXPECT_THAT(files, Contains((folder.path() / file).string()));
  }
  EXPECT_THAT(files, Not(Contains((folder.path() / "password/no_freeze.yaml").string())));
}

TEST(Copy, HasItsData) {
  const TemporaryFolder folder;
  ASSERT_EQ(leakprobe({"copy", "texts", folder.path()}).status, 0);
  EXPECT_THAT(files_below(folder.path()),
              ElementsAre("codes.jsonl", "experiment.schema.json", "quick.yaml"));
  EXPECT_EQ(read_text(folder.path() / "codes.jsonl"),
            read_text(source_path("examples/texts/codes.jsonl")));
}

TEST(Copy, SaysWhatHasToBeThereFirst) {
  const TemporaryFolder folder;
  const Ended ended = leakprobe({"copy", "paper", folder.path()});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out,
              EndsWith("\n\nneeds: hf download EleutherAI/pythia-160m\n\nleakprobe run " +
                       (folder.path() / "paper.yaml").string() + "\n"));
}

TEST(Copy, Runs) {
  const TemporaryFolder folder;
  ASSERT_EQ(leakprobe({"copy", "tiny", folder.path()}).status, 0);
  const Ended ended = leakprobe({"run", folder.path() / "tiny.yaml", "--limit-steps", "1",
                                 "--quiet", "--out", folder.path() / "run"});
  EXPECT_EQ(ended.status, 0) << ended.err;
}

TEST(Copy, OverwritesNothing) {
  const TemporaryFolder folder;
  const std::string mine = folder.write("base.yaml", "mine");
  const Ended ended = leakprobe({"copy", "quick", folder.path()});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, "leakprobe: error: " + mine +
                           " is there already and differs from the example's; name another "
                           "folder\n");
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_THAT(files_below(folder.path()), ElementsAre("base.yaml"));
  EXPECT_EQ(read_text(mine), "mine");
  const Ended file = leakprobe({"copy", "quick", mine});
  EXPECT_EQ(file.status, 2);
  EXPECT_EQ(file.err, "leakprobe: error: " + mine +
                          ": is a file where a folder is needed; choose another folder\n");
  EXPECT_EQ(read_text(mine), "mine");
}

TEST(Copy, ExamplesShareAFolder) {
  const TemporaryFolder folder;
  for (const char* name : {"quick", "quick", "no_freeze", "attacks"}) {
    const Ended ended = leakprobe({"copy", name, folder.path()});
    EXPECT_EQ(ended.status, 0) << name << ended.err;
  }
  EXPECT_TRUE(fs::exists(folder.path() / "no_freeze.yaml"));
  EXPECT_TRUE(fs::exists(folder.path() / "attacks.yaml"));
}

TEST(Copy, AMisspeltNameGetsASuggestion) {
  const TemporaryFolder folder;
  const Ended ended = leakprobe({"copy", "relerning", folder.path()});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err,
            "leakprobe: error: there is no example 'relerning'; did you mean 'relearning'?\n");
  EXPECT_THAT(files_below(folder.path()), IsEmpty());
}

}  // namespace
}  // namespace leakprobe::cli
