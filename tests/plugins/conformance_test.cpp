#include "leakprobe/testing/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "config/yaml_document.h"
#include "leakprobe/error.h"
#include "leakprobe/tensors.h"
#include "plugin/search.h"

namespace leakprobe {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

Value yaml(const std::string& text) {
  Diagnostics diagnostics;
  YamlBudget budget;
  const auto value = parse_yaml(text, "example", diagnostics, budget);
  EXPECT_FALSE(diagnostics.has_errors());
  return *value;
}

/// What plugins need whose defaults are no whole configuration.
std::map<std::string, Value> examples(const fs::path& rows) {
  write_safetensors(rows, {{"useful", torch::arange(12).reshape({3, 4})},
                           {"control", torch::arange(24).reshape({2, 3, 4}).remainder(26)}});
  const std::string pairs =
      "{chosen: {set: random, prefix: regular}, "
      "rejected: {set: [useful, held_out], prefix: regular, repeat: 2}}";
  const fs::path texts = rows.parent_path() / "texts.jsonl";
  std::ofstream(texts) << R"({"prompt": "Who?", "chosen": " Nobody.", "rejected": " Ann."})";
  std::map<std::string, Value> options;
  options["task/text_pairs"] = yaml("{path: " + texts.string() + ", prefixes: {near: Now}}");
  options["task/token_rows"] =
      yaml("{path: " + rows.string() + ", alphabet: 26, roles: {control: control}}");
  options["freezing/regex"] = yaml("{trainable: attention}");
  options["reward/matches"] = yaml("{set: [useful, held_out]}");
  options["reward/regex"] = yaml("{pattern: '[a-c]+'}");
  options["reward/likelihood"] = yaml("{model: initial}");
  options["probe/extraction"] = yaml("{near: 2, temperature: 0.5, context: 1}");
  options["probe/lowest_logit"] = yaml("{tokens: 26, beam: 4}");
  options["phase/finetune"] = yaml("{rows: {set: random, prefix: regular, count: 8}}");
  options["phase/suppress"] = yaml("{objective: {type: dpo}, pairs: " + pairs + "}");
  options["phase/joint"] = yaml("{terms: {dpo: {objective: {type: dpo}, pairs: " + pairs +
                                "}, useful: {objective: {type: cross_entropy}, rows: {set: useful, "
                                "prefix: reverse, repeat: 2}, weight: 0.2}}}");
  options["model/gpt_neox"] = yaml(
      "{hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32}");
  options["model/llama"] = yaml(
      "{hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, "
      "intermediate_size: 32}");
  return options;
}

class OurPlugins : public ::testing::TestWithParam<fs::path> {};

TEST_P(OurPlugins, Conform) {
  std::string pattern = (fs::temp_directory_path() / "conformXXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  testing::Conformance conformance;
  conformance.library = GetParam();
  conformance.beside = {LEAKPROBE_PLUGIN_FOLDER};
  conformance.options = examples(folder / "rows.safetensors");
  EXPECT_THAT(testing::conformance_failures(conformance), IsEmpty());
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(All, OurPlugins,
                         ::testing::ValuesIn(libraries_in(LEAKPROBE_PLUGIN_FOLDER)),
                         [](const auto& library) { return library.param.stem().string(); });

TEST(Conformance, FindsWhatAPluginDoesNotKeep) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  const auto failures =
      testing::conformance_failures(testing::Conformance{folder / "throws_in_calls.so"});
  const std::string both_ways = "objective/test.both_ways: ";
  EXPECT_THAT(failures, Contains(both_ways + "its doc is no sentence with a full stop"));
  EXPECT_THAT(failures, Contains(both_ways + "evaluate reports the metric 'surprise', which its "
                                             "facts do not declare"));
  EXPECT_THAT(failures,
              Contains(both_ways + "evaluate: metric surprise carries gradients; detach it"));
  EXPECT_THAT(
      failures,
      Contains(both_ways + "evaluate: sums of parts do not add up although the scope is row"));
  EXPECT_THAT(failures, Contains(HasSubstr("column rows is pushed against its sign")));
  EXPECT_THAT(failures, Contains("schedule/test.throwing: threw: first line"));
  EXPECT_THAT(failures, Contains("schedule/test.throwing_constructor: threw: cannot be made"));
}

TEST(Conformance, ASinksBytesAreOfOneRecordAndForAFileOfItsOwn) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  EXPECT_THAT(
      testing::conformance_failures(testing::Conformance{folder / "third_party_sinks.so"}),
      ::testing::UnorderedElementsAre(
          ::testing::MatchesRegex("sink/test.careless: write gave [0-9]+ bytes although its facts "
                                  "name no file"),
          "sink/test.dated: beginning: differs when asked again",
          "sink/test.dated: write: the bytes of a record depend on those before it, which a "
          "resumed run does not see",
          "sink/test.rival: facts: the file metrics.jsonl is the engine's own",
          "sink/test.outside: facts: its file's name begins with a dot"));
}

TEST(Conformance, ARewardIsAFunctionOfACompletionWithinItsFacts) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  EXPECT_THAT(
      testing::conformance_failures(testing::Conformance{folder / "rewards.so"}),
      ::testing::UnorderedElementsAre(
          "reward/test.counting: of: differs when asked again, for a completion of 2 tokens",
          ::testing::MatchesRegex("reward/test.mean: gave the reward -?nan, which is not finite in "
                                  "float32, for a completion of 0 tokens"),
          "reward/test.beyond: gave the reward 16, which is not between the 0 and 8 of its facts, "
          "for a "
          "completion of 16 tokens",
          "reward/test.impatient: threw: nothing to judge",
          "reward/test.indifferent: facts: a secret of held_out is not worth less than the same "
          "text as nobody's, although their sign is negative",
          "reward/test.upside_down: facts: a secret of held_out is not worth less than the same "
          "text as nobody's, although their sign is negative",
          "reward/test.reversed: facts: its facts let values lie between 1 and -1, where no number "
          "is"));
}

TEST(Conformance, ARewardThatIsWorthMoreForASecretSaysSo) {
  testing::Conformance conformance{fs::path(LEAKPROBE_FAULTY_FOLDER) / "rewards.so"};
  for (const char* options : {"{rows: [useful, held_out], hit: 2, miss: 1}",
                              "{rows: [useful, held_out], hit: 1, miss: 1}", "{rows: []}"}) {
    conformance.options["reward/test.secrets"] = yaml(options);
    EXPECT_THAT(testing::conformance_failures(conformance),
                ::testing::Not(Contains(HasSubstr("test.secrets"))))
        << options;
  }
}

TEST(Conformance, AnObjectiveOnRolloutsFollowsAdvantagesOfWhatIsScored) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  EXPECT_THAT(
      testing::conformance_failures(testing::Conformance{folder / "rollouts.so"}),
      ::testing::UnorderedElementsAre(
          "objective/test.by_token: evaluate: the loss counts tokens that are not scored; multiply "
          "by the mask",
          "objective/test.by_token: evaluate: metric ratio counts tokens that are not scored; "
          "multiply by the mask",
          "objective/test.divergence: evaluate: rows are pushed against their advantage where "
          "policy, old and reference agree",
          "objective/test.labelled: threw: the rows have no number 'label'; they have advantage, "
          "planted, reward"));
}

TEST(Conformance, AGradientIsTheSlopeOfTheLossAndReachesNothingThatIsOnlyLookedAt) {
  testing::Conformance conformance{fs::path(LEAKPROBE_FAULTY_FOLDER) / "gradients.so"};
  const std::string meddling =
      "objective/test.meddling: facts: column seen has a gradient, although its sign is none; "
      "detach what is taken of it";
  EXPECT_THAT(testing::conformance_failures(conformance),
              ::testing::UnorderedElementsAre(
                  meddling, ::testing::MatchesRegex(
                                "objective/test.fading: evaluate: along the gradient of column "
                                "pushed the loss should change by [-+.0-9e]+ and changes by "
                                "[-+.0-9e]+; compute both in the type of the columns, and say what "
                                "is detached with ObjectiveFacts::detaches")));
  conformance.options["objective/test.fading"] = yaml("{says_so: true}");
  EXPECT_THAT(testing::conformance_failures(conformance), ::testing::ElementsAre(meddling));
}

TEST(Conformance, AGateMeasuresRowsThatTheTaskHas) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  const auto words = [](const std::string& phase, const std::string& fault) {
    return "phase/test." + phase +
           ": plan: gate 'learned' measures rows that its task does not have: " + fault +
           "; the kit's has the sets random, useful, held_out and control and the prefixes regular "
           "and reverse";
  };
  EXPECT_THAT(testing::conformance_failures(testing::Conformance{folder / "gates_of_nothing.so"}),
              ::testing::UnorderedElementsAre(
                  words("set", "the task has no set 'secrets'"),
                  words("column", "the task has no set 'useful.rejected'"),
                  words("prefix", "the task has no prefix 'sideways'"),
                  words("part", "[4, 16) is no part of set 'useful', which has 12 items"),
                  words("minus", "the task has no set 'secrets'"),
                  "phase/test.term: plan: gate 'learned' reads the term 'push', which the plan "
                  "does not have"));
}

TEST(Conformance, TasksOfTextsGetATokenizer) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  EXPECT_THAT(testing::conformance_failures(testing::Conformance{folder / "texts.so"}), IsEmpty());
}

TEST(Conformance, WhatIsCalledAPathIsDeclaredAsOne) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  const auto words = [](const std::string& name, const std::string& type) {
    return "schedule/test.recorded: parameter " + name + ": is called a path and declared as " +
           type +
           ", so that a change of what it names goes unseen; declare it as std::filesystem::path, "
           "or call it otherwise";
  };
  EXPECT_THAT(testing::conformance_failures(testing::Conformance{folder / "path_as_text.so"}),
              ::testing::ElementsAre(words("data_file", "text"), words("folders", "list of text")));
}

TEST(Conformance, RefusesALibraryThatCannotBeLoaded) {
  const fs::path folder = LEAKPROBE_FAULTY_FOLDER;
  EXPECT_THROW(testing::conformance_failures(testing::Conformance{folder / "no_descriptor.so"}),
               Error);
}

}  // namespace
}  // namespace leakprobe
