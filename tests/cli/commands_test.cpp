#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "leakprobe/host/workbench.h"
#include "leakprobe/tensors.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
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

TEST(ShowCommand, SaysHowRewardsAreMeant) {
  const std::string folder = LEAKPROBE_FAULTY_FOLDER;
  const auto facts = [](const std::string& plugin, const std::string& library) {
    return json_of(leakprobe({"show", plugin, "--json", "--plugin-path", library})).at("facts");
  };
  EXPECT_EQ(to_json(facts("reward/test.secrets", folder + "/rewards.so")),
            R"({"least":-1.0,"most":0.0,"needs_text":false,"rows":{"held_out":"negative"}})");
  EXPECT_EQ(to_json(facts("reward/test.mean", folder + "/rewards.so")),
            R"({"least":null,"model":"initial","most":null,"needs_text":false,"rows":{}})");
  EXPECT_EQ(to_json(facts("objective/test.by_row", folder + "/rollouts.so").at("advantages")),
            R"({"baseline":"leave_one_out","kl":0.0,"scale":"none"})");
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

TEST(ShowCommand, SaysWhichPluginIsTheDefaultOfItsKind) {
  EXPECT_THAT(leakprobe({"show", "optimizer/adamw"}).out,
              HasSubstr("what experiments mean that name no optimizer\n"));
  EXPECT_THAT(leakprobe({"show", "schedule/constant"}).out, Not(HasSubstr("that name no")));
}

TEST(ShowCommand, ADefaultOfBlanksCanBeSeen) {
  EXPECT_THAT(leakprobe({"show", "task/password"}).out, HasSubstr("\" regular\""));
}

TEST(ShowCommand, HasDefaultsOfWhatAMappingOfNamesHolds) {
  const Value terms = json_of(leakprobe({"show", "phase/joint", "--json"})).at("parameters");
  std::map<std::string, std::string> defaults;
  for (const Value& parameter : terms.as_list().front().items("parameters")) {
    defaults[parameter.text("name")] = to_json(*parameter.find("default"));
  }
  EXPECT_EQ(defaults["weight"], "1.0");
  EXPECT_EQ(defaults["batch"], "null");
}

TEST(ShowCommand, SaysWhatHasToHoldBetweenParameters) {
  EXPECT_THAT(leakprobe({"show", "objective/grpo"}).out,
              HasSubstr("\n  length must be given with reduce constant, and with no other\n"));
}

TEST(ShowCommand, APluginOfOthersIsSearchedInTheirLibrary) {
  const Ended ended = leakprobe({"show", "objective/acme.margin"});
  EXPECT_EQ(ended.status, 2);
  for (const char* way : {"--plugin-path", "LEAKPROBE_PLUGIN_PATH", "plugins:"}) {
    EXPECT_THAT(ended.err, HasSubstr(way));
  }
}

TEST(ShowCommand, SaysHowListsMergeThatAnotherFileExtends) {
  EXPECT_THAT(leakprobe({"show", "extends"}).out, HasSubstr("last"));
}

TEST(ResolveCommand, HeadsEveryColumnOfTheGates) {
  EXPECT_THAT(leakprobe({"resolve", source_path("examples/tiny.yaml")}).out,
              testing::ContainsRegex("gate +of phase +holds when +applies"));
}

TEST(ShowCommand, ExplainsEveryKeyOfAnExperiment) {
  const Value schema = json_of(leakprobe({"schema"}));
  // Whole experiments are the schema's "else".
  const Value* whole = schema.find("else");
  for (const Value::Entry& key : (whole != nullptr ? *whole : schema).at("properties").entries()) {
    const Ended ended = leakprobe({"show", key.key});
    EXPECT_EQ(ended.status, 0) << key.key << ended.err;
    EXPECT_THAT(ended.out, HasSubstr(key.key));
  }
  for (const char* key :
       {"phases.optimizer", "phases.elicit.optimizer.lr", "phases[0].steps", "claim.set",
        "claims[1].minus", "probes.every", "model.vocab_size", "streams.pairs.repeat",
        "streams.rollouts.sample.group", "streams.rollouts.plant.repeat",
        "streams.rollouts.plant.per_group", "streams.rollouts.reward.hit", "rewards.avoid.hit",
        "phases.calibrate.rows.sample.tokens", "objectives.against.beta", "checkpoints.keep",
        "phases.freeze.fraction"}) {
    const Ended ended = leakprobe({"show", key});
    EXPECT_EQ(ended.status, 0) << key << ended.err;
    EXPECT_THAT(ended.out, HasSubstr(key));
  }
  EXPECT_THAT(leakprobe({"show", "device"}).out, HasSubstr("'cpu', 'cuda' or 'cuda:N'"));
  EXPECT_THAT(leakprobe({"show", "optimizer"}).out, HasSubstr("optimizer/adamw"));
  EXPECT_THAT(leakprobe({"show", "optimizer.lr"}).out, HasSubstr("(optimizer/adamw)"));
  EXPECT_THAT(leakprobe({"show", "keys"}).out, HasSubstr("phases.waive"));
  EXPECT_THAT(leakprobe({"show", "devise"}).err, HasSubstr("did you mean 'device'?"));
}

TEST(TokenizeCommand, TakesARunsFolderForTheModelThatItTrained) {
  const TemporaryFolder folder;
  const std::string run = (folder.path() / "run").string();
  ASSERT_EQ(leakprobe({"run", source_path("examples/tiny.yaml"), "--out", run, "--quiet",
                       "--limit-steps", "1"})
                .status,
            0);
  const Ended by_run = leakprobe({"tokenize", run}, "\" a b\"\n");
  EXPECT_EQ(by_run.status, 0) << by_run.err;
  EXPECT_EQ(by_run.out, leakprobe({"tokenize", run + "/checkpoints/elicit"}, "\" a b\"\n").out);
  std::filesystem::remove_all(folder.path() / "run/checkpoints");
  const Ended none = leakprobe({"tokenize", run}, "\" a b\"\n");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("this run has kept no checkpoint"));
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

TEST(ValidateCommand, APartOfAnExperimentIsNamedAsOneWithWhatExtendsIt) {
  for (const auto& [part, extending] :
       {std::pair("examples/rlhf/arms/ppo.yaml", "examples/rlhf/suppression.yaml"),
        {"examples/rlhf/arms/rollouts.yaml", "examples/rlhf/quick_rloo.yaml"},
        {"examples/rlhf/arms/on_policy.yaml", "examples/rlhf/suppression.yaml"},
        {"examples/objectives/arms/all.yaml", "examples/objectives/suppression.yaml"},
        {"examples/objectives/arms/npo.yaml", "examples/objectives/suppression.yaml"},
        {"examples/password/phases/calibrate.yaml", "examples/password/attacks.yaml"},
        {"examples/password/base.yaml", "examples/password/attacks.yaml"}}) {
    for (const char* command : {"validate", "resolve", "run", "sweep"}) {
      const Ended ended = leakprobe({command, source_path(part)});
      EXPECT_EQ(ended.status, 2) << command << part;
      EXPECT_THAT(ended.err, HasSubstr("this is a part of an experiment, for others to extend"));
      EXPECT_THAT(ended.err, HasSubstr("extends it: " + source_path(extending))) << command << part;
      EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 2) << ended.err;
    }
  }
  const Ended whole = leakprobe({"validate", source_path("examples/rlhf/arms/ppo.yaml"),
                                 "extends=" + source_path("examples/rlhf/tiny.yaml")});
  EXPECT_THAT(whole.err, Not(HasSubstr("this is a part")));
}

TEST(ValidateCommand, NamesTheCommandLineWhereItSetWhatCounts) {
  const Ended ended =
      leakprobe({"validate", source_path("examples/tiny.yaml"), "streams.pairs.set=useful"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("<command line> streams.pairs.set=useful: error: "
                                   "streams.pairs.set: column 'chosen' stands beside 'set'"));
  EXPECT_THAT(ended.err, HasSubstr("write chosen=null and rejected=null under the same path"));
}

TEST(ValidateCommand, TakesValuesToChangeAsOtherCommandsDo) {
  const std::string file = source_path("examples/tiny.yaml");
  const Ended good = leakprobe({"validate", file, "task.length=8"});
  EXPECT_EQ(good.status, 0) << good.err;
  const Ended bad = leakprobe({"validate", "batch=0", file});
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.err, HasSubstr("<command line> batch=0: error: batch: must be from 1 to"));
  const Ended none = leakprobe({"validate", "task.length=8"});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("no file given"));
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
  EXPECT_EQ(run.status, 2);
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

TEST(ResolveCommand, WhatItPrintsIsTheSameExperiment) {
  for (const char* example : {"examples/tiny.yaml", "examples/password/quick.yaml"}) {
    const Ended first = leakprobe({"resolve", source_path(example), "seed=3"});
    const TemporaryFolder folder;
    const std::string file = folder.write("again.yaml", first.out);
    const Ended again = leakprobe({"resolve", file, "--json"});
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_THAT(first.out, HasSubstr("digest " + json_of(again).find("digest")->as_string()));
    EXPECT_EQ(leakprobe({"validate", file}).status, 0);
  }
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

TEST(RowsCommand, OfRolloutsTheFirstTwoGroupsWithWhatEachRowIsWorth) {
  const std::string file = source_path("examples/rlhf/tiny.yaml");
  const Ended ended = leakprobe({"rows", file});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("phase suppress, term against, column rows"));
  EXPECT_THAT(ended.out,
              HasSubstr("    sampled, prefix regular, group 0, reward 0.0000, advantage "));
  EXPECT_THAT(ended.out, HasSubstr(", group 1, planted, reward -1.0000, advantage -"));
  EXPECT_THAT(ended.err, HasSubstr("warning: the initial weights stand for those that phase "
                                   "'calibrate' leaves, which are not known: "));
  const Value rows = json_of(leakprobe({"rows", file, "--count", "5", "--json"}));
  EXPECT_EQ(std::count_if(rows.as_list().begin(), rows.as_list().end(),
                          [](const Value& row) { return row.text("phase") == "suppress"; }),
            5);
}

TEST(RowsCommand, OfRolloutsAtLeastOneOfEachKindHoweverFewAreAskedFor) {
  const std::string file = source_path("examples/rlhf/tiny.yaml");
  const Value rows = json_of(leakprobe({"rows", file, "--count", "1", "--json"}));
  std::vector<bool> planted;
  for (const Value& row : rows.as_list()) {
    if (row.text("phase") == "suppress") planted.push_back(row.boolean("planted"));
  }
  EXPECT_THAT(planted, testing::UnorderedElementsAre(true, false));
}

TEST(ResolveCommand, RowsOfRolloutsCountEachTimeThatTheyAreTrainedOn) {
  const Value resolved =
      json_of(leakprobe({"resolve", source_path("examples/rlhf/tiny.yaml"), "--json"}));
  const Value& suppress = resolved.find("phases")->as_list().at(1);
  // 8 rows planted 4 times in groups of 4, two steps on each batch.
  EXPECT_EQ(suppress.integer("steps"), 32);
  EXPECT_EQ(suppress.integer("rows"), 256);
  EXPECT_EQ(suppress.integer("tokens"), 256 * 17);
}

TEST(ScoreCommand, EqualsTransformersForEveryArchitecture) {
  for (const char* name :
       {"gpt_neox_parallel", "gpt_neox_sequential", "llama_gqa_tied", "llama_untied_mha"}) {
    const std::string folder = fixture_path(std::string("models/") + name);
    const Ended ended =
        leakprobe({"score", folder, "--rows", folder + "/expected.safetensors:input_ids"});
    ASSERT_EQ(ended.status, 0) << name << ": " << ended.err;
    std::istringstream lines(ended.out);
    const torch::Tensor expected =
        TensorFile::open(folder + "/expected.safetensors").read_f32("token_logprobs");
    std::string line;
    for (int64_t row = 0; row < expected.size(0); ++row) {
      ASSERT_TRUE(std::getline(lines, line)) << "one JSON array a line";
      const Value array = host::parse_json(line, "a line");
      const Value::List& values = array.as_list();
      ASSERT_EQ(static_cast<int64_t>(values.size()), expected.size(1));
      for (int64_t i = 0; i < expected.size(1); ++i) {
        EXPECT_NEAR(values[static_cast<size_t>(i)].as_number(), expected[row][i].item<double>(),
                    1e-4)
            << name;
      }
    }
    EXPECT_FALSE(std::getline(lines, line)) << line;
  }
}

TEST(ResolveCommand, MemoryGrowsWithTheRowsOfAStep) {
  const TemporaryFolder folder;
  const auto memory = [&](const std::string& phase, const std::string& batch) {
    const std::string file =
        folder.write("big.yaml", "extends: " + source_path("examples/tiny.yaml") + "\nphases: [" +
                                     phase + "]\n");
    return json_of(leakprobe({"resolve", file, batch, "--json"})).at("memory").as_number();
  };
  const std::string many =
      "{name: calibrate, rows: {set: random, prefix: regular, count: 4000000}, steps: 4}";
  // Passes are no larger; a row of 17 tokens takes 1.2 to 1.7 kB more.
  const double rows = (1 << 20) - (1 << 18);
  const double more = memory(many, "phases.calibrate.batch=1048576") -
                      memory(many, "phases.calibrate.batch=262144");
  EXPECT_GT(more, 1100 * rows);
  EXPECT_LT(more, 2000 * rows);
  // What a reference says of rows that come again is kept.
  const std::string pairs =
      "{name: suppress, pairs: {chosen: {set: random, prefix: regular}, rejected: {set: [useful, "
      "held_out], prefix: regular, repeat: 100000}}}";
  const std::string few =
      "{name: suppress, pairs: {chosen: {set: random, prefix: regular}, rejected: {set: [useful, "
      "held_out], prefix: regular, repeat: 1000}}}";
  EXPECT_GT(memory(pairs, "batch=4") - memory(few, "batch=4"), 64 * 8 * 90000);
}

TEST(ScoreCommand, SaysWhatIsMissing) {
  const std::string folder = fixture_path("models/llama_gqa_tied");
  const std::string rows = folder + "/expected.safetensors";
  const Ended no_model = leakprobe({"score", "nobody/nothing", "--rows", rows + ":input_ids"});
  EXPECT_EQ(no_model.status, 2);
  EXPECT_THAT(no_model.err, HasSubstr("hf download nobody/nothing"));
  const Ended no_tensor = leakprobe({"score", folder, "--rows", rows + ":nonsense"});
  EXPECT_EQ(no_tensor.status, 2);
  EXPECT_THAT(no_tensor.err, HasSubstr("there is no tensor 'nonsense'"));
  EXPECT_THAT(no_tensor.err, HasSubstr("input_ids"));
  const Ended no_ids = leakprobe({"score", folder, "--rows", rows + ":logits"});
  EXPECT_EQ(no_ids.status, 2);
  EXPECT_THAT(no_ids.err, HasSubstr("logits"));
}

TEST(RowsCommand, AsManyAsAreAskedForAreAtMostThoseOfTheStream) {
  const std::string file = source_path("examples/tiny.yaml");
  const Ended all = leakprobe({"rows", file, "--count", "1000000000000"});
  EXPECT_EQ(all.status, 0) << all.err;
  const Value few = json_of(leakprobe({"rows", file, "--count", "2", "--json"}));
  const Value list = json_of(leakprobe({"rows", file, "--count", "1000000000000", "--json"}));
  ASSERT_GT(list.as_list().size(), few.as_list().size());
  EXPECT_EQ(list.as_list()[0], few.as_list()[0]);
  EXPECT_EQ(list.as_list()[1], few.as_list()[1]);
  // Of a stream without end they come one by one.
  const TemporaryFolder folder;
  const std::string endless = folder.write(
      "endless.yaml", "extends: " + file +
                          "\nphases: [{name: calibrate, rows: {set: random, prefix: regular, "
                          "count: 1000000000}, steps: 1000000}]\n");
  const std::string out = (folder.path() / "out").string();
  const Ended cut = leakprobe({"rows", endless, "--count", "1000000000000"}, "", "/dev/full");
  EXPECT_EQ(cut.status, 1);
}

TEST(ScoreCommand, AWeightThatIsNoNumberIsNamedAndNothingIsPrinted) {
  const std::string model = fixture_path("model_files/non-finite-weights/model");
  const std::string rows = fixture_path("model_files/rows.safetensors");
  const Ended ended = leakprobe({"score", model, "--rows", rows});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_THAT(ended.err, HasSubstr("model.safetensors: tensor '"));
  EXPECT_THAT(ended.err, HasSubstr("' holds NaN or infinite numbers"));
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "run").string();
  const std::string file = folder.write(
      "nan.yaml", "model: {type: llama, path: " + model +
                      "}\ntask: {type: token_rows, path: " + rows +
                      "}\noptimizer: {type: adamw, lr: 1e-3}\nbatch: 2\n"
                      "phases: [{name: learn, type: finetune, rows: {set: rows, repeat: 2}}]\n"
                      "probes: [{type: likelihood, every: 1}]\n");
  const Ended run = leakprobe({"run", file, "--out", out, "--quiet"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("' holds NaN or infinite numbers"));
  EXPECT_THAT(run.err, HasSubstr(file + ":1:28: error: model.path: "));
  EXPECT_FALSE(fs::exists(fs::path(out) / "log.txt")) << "a wrong experiment starts nothing";
}

TEST(ScoreCommand, RowsOfNothingAndOfUnsignedIds) {
  const std::string model = fixture_path("models/llama_gqa_tied");
  const TemporaryFolder folder;
  const std::string rows = (folder.path() / "rows.safetensors").string();
  write_safetensors(rows, {{"rows", torch::zeros({3, 0}, torch::kInt64)}});
  const Ended none = leakprobe({"score", model, "--rows", rows});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err,
              HasSubstr("has rows of 0 tokens, and each needs two at least; give longer rows"));
  const torch::Tensor ids = torch::arange(6).reshape({2, 3});
  write_safetensors(rows, {{"rows", ids}});
  const std::string expected = leakprobe({"score", model, "--rows", rows}).out;
  for (const auto type : {torch::kUInt16, torch::kUInt32, torch::kUInt64}) {
    write_safetensors(rows, {{"rows", ids.to(type)}});
    const Ended ended = leakprobe({"score", model, "--rows", rows});
    EXPECT_EQ(ended.out, expected) << ended.err;
  }
}

/// Whatever could not be opened, it is one sentence that says what to do.
TEST(RunCommand, ALimitOnOpenFilesEndsInASentence) {
  const TemporaryFolder folder;
  const std::string err = (folder.path() / "err").string();
  for (int limit = 5; limit < 12; ++limit) {  // with 4 no program is loaded
    const std::string out = (folder.path() / ("run" + std::to_string(limit))).string();
    // A shell needs files of its own to redirect a single command.
    const std::string command = "exec >/dev/null 2>" + err + " && ulimit -n " +
                                std::to_string(limit) + " && exec " + LEAKPROBE_PROGRAM + " run " +
                                source_path("examples/tiny.yaml") + " --quiet --out " + out;
    const int status = std::system(command.c_str());
    const std::string said = read_text(err);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << limit << said;
    EXPECT_THAT(said, StartsWith("leakprobe: error: ")) << limit;
    EXPECT_THAT(said, HasSubstr("raise the limit on open files (ulimit -n)")) << limit;
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  }
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
    EXPECT_EQ(ended.status, 2) << bad;
    EXPECT_THAT(ended.err, HasSubstr("line 2")) << bad;
    EXPECT_THAT(ended.out, Not(IsEmpty())) << bad;
  }
  const Ended ids = leakprobe({"tokenize", tokenizer, "--decode"}, "[1, 999999999]\n");
  EXPECT_EQ(ids.status, 2);
  EXPECT_THAT(ids.err, HasSubstr("line 1"));
}

TEST(DoctorCommand, IsContentWithThisBuild) {
  const Ended ended = leakprobe({"doctor"});
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("processor"));
  const Value report = json_of(leakprobe({"doctor", "--json"}));
  EXPECT_EQ(report.find("libraries")->as_list().front().find("sha256")->as_string().size(), 64u);
}

/// A copy of a plugin library of this build with one bit flipped.
std::string damaged_library(const TemporaryFolder& folder) {
  std::string bytes = read_text(fs::path(LEAKPROBE_PROGRAM).parent_path().parent_path() /
                                "lib/leakprobe/plugins/dpo.so");
  bytes[bytes.size() / 3] ^= 1;
  return folder.write("damaged.so", bytes);
}

TEST(ListCommand, NamesADamagedLibraryAndListsTheOthers) {
  const TemporaryFolder folder;
  damaged_library(folder);
  for (const char* command : {"list", "doctor"}) {
    const Ended ended = leakprobe({command, "--plugin-path", folder.path()});
    EXPECT_EQ(ended.status, command == std::string("list") ? 0 : 1);
    EXPECT_THAT(ended.out + ended.err, HasSubstr("damaged.so"));
    EXPECT_THAT(ended.out + ended.err, HasSubstr("is damaged: its checksum"));
    EXPECT_THAT(ended.out, HasSubstr("adamw"));
  }
}

TEST(ListCommand, WarnsOnceOfAFolderThatEverybodyMayWrite) {
  const TemporaryFolder folder;
  damaged_library(folder);
  fs::permissions(folder.path(), fs::perms::all);
  const std::string warning =
      fs::canonical(folder.path()).string() + ": may be written by everybody";
  const Ended list = leakprobe({"list", "--plugin-path", folder.path()});
  EXPECT_THAT(list.err, HasSubstr("warning: " + warning));
  EXPECT_EQ(list.err.find(warning), list.err.rfind(warning));
  EXPECT_THAT(leakprobe({"doctor", "--plugin-path", folder.path()}).out, HasSubstr(warning));
}

TEST(ValidateCommand, WarnsOfAnExperimentsLibraryThatEverybodyMayWrite) {
  const TemporaryFolder folder;
  const std::string library = damaged_library(folder);
  fs::permissions(library, fs::perms::all);
  const std::string file = folder.write(
      "e.yaml", "extends: " + source_path("examples/tiny.yaml") + "\nplugins: [damaged.so]\n");
  const Ended ended = leakprobe({"validate", file});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("damaged.so: may be written by everybody"));
  EXPECT_THAT(ended.err, HasSubstr("e.yaml:2"));
  EXPECT_THAT(ended.err, HasSubstr("is damaged"));
}

TEST(DoctorCommand, ALibraryThatCannotBeUsedIsShownWithItsReason) {
  const TemporaryFolder folder;
  const std::string library = folder.write("broken.so", "this is no library");
  const Ended ended = leakprobe({"doctor", "--plugin-path", library});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.out, HasSubstr("broken.so"));
  EXPECT_THAT(ended.out, HasSubstr("failed"));
  const Ended validate =
      leakprobe({"validate", source_path("examples/tiny.yaml"), "--plugin-path", library});
  EXPECT_EQ(validate.status, 2);
  EXPECT_THAT(validate.err, HasSubstr("broken.so"));
}

}  // namespace
}  // namespace leakprobe::cli
