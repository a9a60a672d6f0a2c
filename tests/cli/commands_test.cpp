#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "leakprobe/tensors.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(ListCommand, ListsPluginsOfAllKindsOrOfOne) {
  const Value all = json_of(leakprobe({"list", "--json"}));
  ASSERT_TRUE(all.is_list());
  EXPECT_GT(all.as_list().size(), 10u);
  const Ended objectives = leakprobe({"list", "objectives"});
  EXPECT_EQ(objectives.status, 0);
  EXPECT_THAT(objectives.out, HasSubstr("dpo"));
  EXPECT_THAT(objectives.out, Not(HasSubstr("gpt_neox")));
}

TEST(ListCommand, AnUnknownKindGetsASuggestion) {
  const Ended ended = leakprobe({"list", "objektive"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'objective'?"));
}

TEST(ShowCommand, ExplainsEveryParameter) {
  const Ended text = leakprobe({"show", "objective/dpo"});
  EXPECT_EQ(text.status, 0);
  EXPECT_THAT(text.out, StartsWith("objective/dpo\n"));
  EXPECT_THAT(text.out, HasSubstr("beta"));
  const Value value = json_of(leakprobe({"show", "dpo", "--json"}));
  EXPECT_EQ(value.find("kind")->as_string(), "objective");
  EXPECT_EQ(value.find("facts")->find("columns")->find("rejected")->as_string(), "negative");
}

TEST(ShowCommand, EveryPluginCanBeShown) {
  const Value all = json_of(leakprobe({"list", "--json"}));
  for (const Value& plugin : all.as_list()) {
    const std::string name =
        plugin.find("kind")->as_string() + "/" + plugin.find("name")->as_string();
    const Ended ended = leakprobe({"show", name});
    EXPECT_EQ(ended.status, 0) << name << ended.err;
  }
}

TEST(ShowCommand, AnUnknownNameGetsASuggestion) {
  const Ended ended = leakprobe({"show", "objective/dop"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'objective/dpo'?"));
}

TEST(SchemaCommand, IsJson) { EXPECT_TRUE(json_of(leakprobe({"schema"})).is_map()); }

TEST(ValidateCommand, AValidFileSaysSo) {
  const Ended ended = leakprobe({"validate", source_path("examples/tiny.yaml")});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("tiny.yaml: valid\n"));
}

TEST(ValidateCommand, MistakesStandOnStandardErrorWithTheirPlace) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "bad.yaml", "extends: " + source_path("examples/tiny.yaml") + "\nbatch: -1\nsede: 3\n");
  const Ended ended = leakprobe({"validate", file, source_path("examples/tiny.yaml")});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("bad.yaml:2:8: error:"));
  EXPECT_THAT(ended.err, HasSubstr("bad.yaml:3:1: error:"));
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'seed'?"));
  EXPECT_THAT(ended.err, HasSubstr("2 errors"));
  EXPECT_THAT(ended.out, HasSubstr("tiny.yaml: valid"));

  const Value files = json_of(leakprobe({"validate", "--json", file}));
  ASSERT_EQ(files.as_list().size(), 1u);
  const Value& entry = files.as_list().front();
  EXPECT_FALSE(entry.find("valid")->as_boolean());
  EXPECT_EQ(entry.find("diagnostics")->as_list().front().find("line")->as_integer(), 2);
}

TEST(ValidateCommand, AMissingFileIsAMistake) {
  const Ended ended = leakprobe({"validate", "/nowhere.yaml"});
  EXPECT_NE(ended.status, 0);
  EXPECT_THAT(ended.err, HasSubstr("/nowhere.yaml"));
}

TEST(ValidateCommand, AModelThatIsNotThereIsAWarning) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("absent.yaml", "extends: " + source_path("examples/tiny.yaml") +
                                      "\nmodel: {type: gpt_neox, path: nobody/nothing}\n");
  const std::vector<std::string> dimensions = {
      "model.hidden_size=null", "model.num_hidden_layers=null", "model.num_attention_heads=null",
      "model.intermediate_size=null"};
  std::vector<std::string> arguments = {"resolve", file};
  arguments.insert(arguments.end(), dimensions.begin(), dimensions.end());
  const Ended resolve = leakprobe(arguments);
  EXPECT_EQ(resolve.status, 0) << resolve.err;
  EXPECT_THAT(resolve.err, HasSubstr("warning: model.path: "));
  EXPECT_THAT(resolve.err, HasSubstr("hf download nobody/nothing"));
  arguments.front() = "run";
  const Ended run = leakprobe(arguments);
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("hf download nobody/nothing"));
}

TEST(ResolveCommand, ShowsDefaultsOriginsAndCost) {
  const std::string file = source_path("examples/tiny.yaml");
  const Ended ended = leakprobe({"resolve", file, "task.length=5"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("# default"));
  EXPECT_THAT(ended.out, HasSubstr("tiny.yaml:"));
  EXPECT_THAT(ended.out, HasSubstr("length: 5"));
  EXPECT_THAT(ended.out, HasSubstr("parameters "));

  const Value value = json_of(leakprobe({"resolve", file, "--json"}));
  EXPECT_EQ(value.find("phases")->as_list().size(), 3u);
  EXPECT_GT(value.find("parameters")->as_integer(), 10'000);
  EXPECT_GT(value.find("memory")->as_number(), 0);
}

TEST(ResolveCommand, TheResolvedExperimentIsTheSameExperiment) {
  const Value first =
      json_of(leakprobe({"resolve", source_path("examples/tiny.yaml"), "seed=3", "--json"}));
  const TemporaryFolder folder;
  const std::string file = folder.write("again.yaml", to_yaml(*first.find("experiment")));
  const Ended ended = leakprobe({"resolve", file, "--json"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  const Value second = json_of(ended);
  EXPECT_EQ(first.find("digest")->as_string(), second.find("digest")->as_string());
}

TEST(RowsCommand, MarksScoredTokensAndRoles) {
  const std::string file = source_path("examples/tiny.yaml");
  const Ended ended = leakprobe({"rows", file, "--count", "40"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("phase suppress"));
  EXPECT_THAT(ended.out, HasSubstr(" regular["));
  EXPECT_THAT(ended.out, HasSubstr("never_positive"));

  const Value rows = json_of(leakprobe({"rows", file, "--count", "1", "--json"}));
  const Value& row = rows.as_list().front();
  EXPECT_EQ(row.find("tokens")->as_list().size(), row.find("scored")->as_list().size());
  std::string text;
  for (const Value& piece : row.find("pieces")->as_list()) text += piece.as_string();
  EXPECT_EQ(text, row.find("text")->as_string());
}

TEST(ScoreCommand, EqualsTransformersForEveryArchitecture) {
  for (const char* name :
       {"gpt_neox_parallel", "gpt_neox_sequential", "llama_gqa_tied", "llama_untied_mha"}) {
    const std::string folder = fixture_path(std::string("models/") + name);
    const Ended ended =
        leakprobe({"score", folder, "--rows", folder + "/expected.safetensors:input_ids"});
    ASSERT_EQ(ended.status, 0) << name << ": " << ended.err;
    const Value scores = json_of(ended);
    const torch::Tensor expected =
        TensorFile::open(folder + "/expected.safetensors").read_f32("token_logprobs");
    ASSERT_EQ(static_cast<int64_t>(scores.as_list().size()), expected.size(0));
    for (int64_t row = 0; row < expected.size(0); ++row) {
      const Value::List& values = scores.as_list()[static_cast<size_t>(row)].as_list();
      ASSERT_EQ(static_cast<int64_t>(values.size()), expected.size(1));
      for (int64_t i = 0; i < expected.size(1); ++i) {
        EXPECT_NEAR(values[static_cast<size_t>(i)].as_number(), expected[row][i].item<double>(),
                    1e-4)
            << name;
      }
    }
  }
}

TEST(ScoreCommand, SaysWhatIsMissing) {
  const std::string folder = fixture_path("models/llama_gqa_tied");
  const std::string rows = folder + "/expected.safetensors";
  const Ended no_model = leakprobe({"score", "nobody/nothing", "--rows", rows + ":input_ids"});
  EXPECT_EQ(no_model.status, 1);
  EXPECT_THAT(no_model.err, HasSubstr("hf download nobody/nothing"));
  const Ended no_tensor = leakprobe({"score", folder, "--rows", rows + ":nonsense"});
  EXPECT_EQ(no_tensor.status, 2);
  EXPECT_THAT(no_tensor.err, HasSubstr("there is no tensor 'nonsense'"));
  EXPECT_THAT(no_tensor.err, HasSubstr("input_ids"));
  const Ended no_ids = leakprobe({"score", folder, "--rows", rows + ":logits"});
  EXPECT_EQ(no_ids.status, 1);
  EXPECT_THAT(no_ids.err, HasSubstr("logits"));
}

TEST(TokenizeCommand, ThereAndBackAgain) {
  const std::string tokenizer = fixture_path("tokenizers/smollm2/tokenizer.json");
  const Ended there = leakprobe({"tokenize", tokenizer}, "\" a b c\"\n\"\\u00e9\\n\"\n");
  EXPECT_EQ(there.status, 0) << there.err;
  const Ended back = leakprobe({"tokenize", tokenizer, "--decode"}, there.out);
  EXPECT_EQ(back.status, 0) << back.err;
  EXPECT_EQ(back.out, "\" a b c\"\n\"é\\n\"\n");
}

TEST(TokenizeCommand, ABadLineIsNamedByItsNumber) {
  const std::string tokenizer = fixture_path("tokenizers/smollm2/tokenizer.json");
  for (const char* bad : {"\"open", "[1, 2]", ""}) {
    const Ended ended = leakprobe({"tokenize", tokenizer}, std::string("\"good\"\n") + bad + "\n");
    EXPECT_EQ(ended.status, 1) << bad;
    EXPECT_THAT(ended.err, HasSubstr("line 2")) << bad;
    EXPECT_THAT(ended.out, Not(IsEmpty())) << bad;
  }
  const Ended ids = leakprobe({"tokenize", tokenizer, "--decode"}, "[1, 999999999]\n");
  EXPECT_EQ(ids.status, 1);
  EXPECT_THAT(ids.err, HasSubstr("line 1"));
}

TEST(DoctorCommand, IsContentWithThisBuild) {
  const Ended ended = leakprobe({"doctor"});
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("processor"));
  const Value report = json_of(leakprobe({"doctor", "--json"}));
  EXPECT_EQ(report.find("libraries")->as_list().front().find("sha256")->as_string().size(), 64u);
}

TEST(DoctorCommand, ALibraryThatCannotBeUsedIsShownWithItsReason) {
  const TemporaryFolder folder;
  const std::string library = folder.write("broken.so", "this is no library");
  const Ended ended = leakprobe({"doctor", "--plugin-path", library});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("broken.so"));
  EXPECT_THAT(ended.out, HasSubstr("failed"));
  const Ended validate =
      leakprobe({"validate", source_path("examples/tiny.yaml"), "--plugin-path", library});
  EXPECT_EQ(validate.status, 1);
  EXPECT_THAT(validate.err, HasSubstr("broken.so"));
}

}  // namespace
}  // namespace leakprobe::cli
