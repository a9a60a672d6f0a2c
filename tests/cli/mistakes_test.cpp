// A mistake of the experiment ends every command that takes one alike: status 2, with its place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/tensors.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string kTiny = source_path("examples/tiny.yaml");

/// An experiment with one mistake, and how its diagnostic begins behind the file's name.
struct Mistake {
  std::string yaml;
  std::string said;
};

/// What no composition shows by itself: tokenizers, rows, plugins, parameters, other runs.
std::vector<Mistake> mistakes(const TemporaryFolder& folder) {
  const std::string rows = (folder.path() / "rows.safetensors").string();
  write_safetensors(rows, {{"rows", torch::tensor({{1, 2, 3}, {3, -4, 5}})}});
  const std::string tiny = "extends: " + kTiny + "\n";
  const std::string model = fixture_path("models/llama_gqa_tied");
  return {
      {tiny + "model: {tokenizer: " + fixture_path("tokenizers/letters_that_share_a_token.json") +
           "}\ntask: {prefixes: {regular: \" r\", reverse: \" e\"}}\n",
       ":2:20: error: model.tokenizer: the model's tokenizer does not know the task's texts"},
      {tiny + "model: {type: llama, path: " + model + "}\n",
       ":2:28: error: model.path: the model has no tokenizer of its own"},
      {"model: {type: llama, path: " + model + "}\ntask: {type: token_rows, path: " + rows +
           "}\noptimizer: {type: adamw, lr: 1e-3}\nbatch: 2\n"
           "phases: [{name: learn, type: finetune, rows: {set: rows, repeat: 2}}]\n",
       ":2:7: error: task: plugin 'token_rows': " + rows +
           ": tensor 'rows': holds the "
           "negative id -4"},
      {tiny + "phases: [{name: suppress, freeze: {type: regex, trainable: nobody}}]\n",
       ":2:35: error: phases.suppress.freeze: plugin 'regex', phase suppress: no parameter's name "
       "contains a match of 'nobody'"},
      {tiny + "phases: [{name: calibrate, from: {run: nowhere, phase: last}}]\n",
       ":2:34: error: phases.calibrate.from: "},
  };
}

TEST(Mistakes, EndEveryCommandAlike) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "out").string();
  for (const Mistake& mistake : mistakes(folder)) {
    const std::string file = folder.write("wrong.yaml", mistake.yaml);
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"validate", file},
          {"resolve", file},
          {"rows", file},
          {"run", file, "--out", out},
          {"sweep", file, "sweep={seed: [0, 1]}", "--out", out}}) {
      const Ended ended = leakprobe(command);
      EXPECT_EQ(ended.status, 2) << command.front() << ended.err;
      EXPECT_THAT(ended.err, HasSubstr(file + mistake.said)) << command.front();
    }
  }
  // Put right, the run needs no --fresh: nothing was begun.
  const Ended ended = leakprobe({"run", kTiny, "--out", out, "--quiet"});
  EXPECT_EQ(ended.status, 0) << ended.err;
}

TEST(Mistakes, WhereOneRunIsAskedForASweepIsNamedAsTheWayToRunAll) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("axes.yaml", "extends: " + kTiny + "\nsweep: {seed: [0, 1]}\n");
  const Ended ended = leakprobe({"run", file, "--out", (folder.path() / "out").string()});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, AllOf(HasSubstr(file + ":2:"), HasSubstr("leakprobe sweep " + file)));
}

TEST(Mistakes, AModelThatIsNotThereEndsWhateverNeedsIt) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "absent.yaml", "extends: " + kTiny + "\nmodel: {type: llama, path: nobody/nothing}\n");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"rows", file},
        {"run", file},
        {"sweep", file, "sweep={seed: [0, 1]}", "--out", (folder.path() / "out").string()}}) {
    const Ended ended = leakprobe(command);
    EXPECT_EQ(ended.status, 2) << command.front() << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr(file + ":2:28: error: model.path: "),
                                 HasSubstr("hf download nobody/nothing")))
        << command.front();
  }
}

}  // namespace
}  // namespace leakprobe::cli
