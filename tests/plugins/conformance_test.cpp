#include "leakprobe/kit/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "config/yaml_document.h"
#include "leakprobe/error.h"
#include "plugin/search.h"

namespace leakprobe {
namespace {

using kit::Conformance;
using kit::Law;
using kit::Verdict;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;

Value yaml(const std::string& text) {
  Diagnostics diagnostics;
  YamlBudget budget;
  const auto value = parse_yaml(text, "example", diagnostics, budget);
  EXPECT_FALSE(diagnostics.has_errors());
  return *value;
}

fs::path library(const std::string& name) {
  return fs::path(LEAKPROBE_FAULTY_FOLDER) / (name + ".so");
}

std::vector<std::string> failures_of(const std::string& name) {
  return kit::conformance_failures(Conformance{library(name)});
}

class OurPlugins : public ::testing::TestWithParam<fs::path> {};

TEST_P(OurPlugins, Conform) {
  EXPECT_THAT(kit::conformance_failures(Conformance{GetParam()}), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, OurPlugins,
                         ::testing::ValuesIn(libraries_in(LEAKPROBE_PLUGIN_FOLDER)),
                         [](const auto& library) { return library.param.stem().string(); });

TEST(Laws, AreSentencesWithNamesOfTheirOwnAndHeadersThatAreThere) {
  for (size_t k = 0; k < kKindNames.size(); ++k) {
    std::set<std::string> names;
    for (const Law& law : kit::laws_of(static_cast<Kind>(k))) {
      EXPECT_TRUE(names.insert(law.name).second) << kKindNames[k] << ": " << law.name;
      EXPECT_THAT(law.name, MatchesRegex("[a-z_]+"));
      EXPECT_THAT(law.contract, MatchesRegex("[A-Za-z].*\\.")) << law.name;
      EXPECT_TRUE(fs::exists(fs::path(LEAKPROBE_HEADERS) / law.header)) << law.header;
    }
  }
}

/// The libraries whose plugins break laws.
const std::vector<std::string> kLibraries = {"throws_in_calls", "third_party_sinks",
                                             "path_as_text",    "gates_of_nothing",
                                             "rewards",         "rollouts",
                                             "gradients",       "every_kind",
                                             "objectives",      "tasks",
                                             "training",        "probes",
                                             "plans",           "models"};

TEST(Laws, AreEachBrokenBySomePlugin) {
  std::map<std::string, std::set<std::string>> broken;  // names of laws by kind
  for (const std::string& name : kLibraries) {
    for (const Verdict& verdict : kit::verify({library(name)})) {
      if (verdict.outcome != Verdict::Outcome::broken) continue;
      broken[std::string(name_of(verdict.kind))].insert(verdict.law.name);
      broken["any"].insert(verdict.law.name);
    }
  }
  std::set<std::string> of_sinks;
  for (const Law& law : kit::laws_of(Kind::sink)) of_sinks.insert(law.name);
  for (size_t k = 0; k < kKindNames.size(); ++k) {
    for (const Law& law : kit::laws_of(static_cast<Kind>(k))) {
      // A law of every kind is asked in the same way of each.
      const std::string where = of_sinks.contains(law.name) ? "any" : kKindNames[k];
      EXPECT_THAT(broken[where], Contains(law.name)) << kKindNames[k];
    }
  }
}

TEST(Laws, OfEveryKindSayWhatWasSeen) {
  const std::string died = "; throw what goes wrong, from nothing that is noexcept or a destructor";
  EXPECT_THAT(
      failures_of("every_kind"),
      UnorderedElementsAre(
          "phase/test.stepping: own_keys: parameter steps: the key 'steps' of a phase is the "
          "engine's, so that no file can give it; call it otherwise",
          "schedule/test.worn_out: made_often: factor at step 0 of 1 differs once 100 instances "
          "were made and destroyed",
          "schedule/test.restless: repeats: factor at step 0 of 1 differs when it is asked for "
          "again",
          "schedule/test.restless: repeats: factor at step 0 of 1 differs in another instance with "
          "the same options and seed",
          "schedule/test.restless: made_often: factor at step 0 of 1 differs once 100 instances "
          "were made and destroyed",
          "schedule/test.numbered: repeats: factor at step 0 of 1 differs in another instance with "
          "the same options and seed",
          "schedule/test.numbered: made_often: factor at step 0 of 1 differs once 100 instances "
          "were made and destroyed",
          "schedule/test.throws_a_number: answers: threw: threw an object of type int",
          "schedule/test.exits: answers: ended the process with status 3" + died,
          "schedule/test.noexcept: answers: ended the process by signal 6 (Aborted)" + died,
          "schedule/test.gradients_off: leaves_torch_alone: changes LibTorch's gradient mode from "
          "on to off; set it back, or leave it to the engine",
          "schedule/test.gradients_on: leaves_torch_alone: changes LibTorch's gradient mode from "
          "off to on; set it back, or leave it to the engine",
          MatchesRegex("schedule/test.three_threads: leaves_torch_alone: changes LibTorch's number "
                       "of threads from [12] to 3; set it back, or leave it to the engine"),
          "schedule/test.doubles: leaves_torch_alone: changes LibTorch's default type from float "
          "to double; set it back, or leave it to the engine",
          "schedule/test.draws: leaves_torch_alone: draws LibTorch's own random numbers, or seeds "
          "them; take those of Context::random",
          "schedule/test.misspelt: options: options.warmup: unknown parameter 'warmup'",
          StartsWith("schedule/test.cut_short: options: an example is no YAML: "),
          "schedule/test.without_example: options: examples() gives none",
          "schedule/test.throwing_example: options: examples() threw: no file can be made",
          "schedule/test.forgetful: options: reading what was written gives something else"));
}

TEST(Laws, ThatCannotBeAskedSayWhy) {
  std::map<std::string, std::string> reasons;
  for (const Verdict& verdict : kit::verify({library("every_kind")})) {
    if (verdict.name != "test.exits") continue;
    EXPECT_EQ(verdict.outcome == Verdict::Outcome::holds, verdict.reasons.empty());
    if (!verdict.reasons.empty()) reasons[verdict.law.name] = verdict.reasons.front();
  }
  EXPECT_EQ(reasons.count("facts"), 0u);
  EXPECT_EQ(reasons["repeats"], "its process had ended");
  EXPECT_EQ(reasons["factors"], "its process had ended");
  for (const Verdict& verdict : kit::verify({library("gradients")})) {
    if (verdict.law.name != "advantages") continue;
    EXPECT_EQ(verdict.outcome, Verdict::Outcome::not_asked);
    EXPECT_THAT(verdict.reasons, ElementsAre("it does not train on rollouts"));
  }
}

TEST(Laws, FindsWhatAPluginDoesNotKeep) {
  const auto failures = failures_of("throws_in_calls");
  const std::string both_ways = "objective/test.both_ways: ";
  EXPECT_THAT(failures,
              Contains(both_ways + "documented: its doc is no sentence with a full stop"));
  EXPECT_THAT(failures, Contains(both_ways + "shapes: evaluate reports the metric 'surprise', "
                                             "which its facts do not declare"));
  EXPECT_THAT(failures, Contains(both_ways +
                                 "shapes: evaluate: metric surprise carries gradients; detach it"));
  EXPECT_THAT(failures, Contains(both_ways + "adds_up: evaluate: sums of parts do not add up "
                                             "although the scope is row"));
  EXPECT_THAT(failures, Contains(both_ways + "signs: column rows is pushed against its sign where "
                                             "policy and reference agree"));
  EXPECT_THAT(failures, Contains("schedule/test.throwing: answers: threw: first line"));
  EXPECT_THAT(failures,
              Contains("schedule/test.throwing_constructor: answers: threw: cannot be made"));
}

TEST(Laws, ASinksBytesAreOfOneRecordAndForAFileOfItsOwn) {
  EXPECT_THAT(
      failures_of("third_party_sinks"),
      UnorderedElementsAre(
          MatchesRegex("sink/test.careless: bytes: write gave [0-9]+ bytes although its facts "
                       "name no file"),
          "sink/test.dated: repeats: beginning differs in another instance with the same options "
          "and seed",
          "sink/test.dated: made_often: beginning differs once 100 instances were made and "
          "destroyed",
          "sink/test.dated: each_by_itself: write: the bytes of a record depend on those before "
          "it, which a resumed run does not see",
          "sink/test.rival: file: facts: the file metrics.jsonl is the engine's own",
          "sink/test.outside: file: facts: its file's name begins with a dot"));
}

TEST(Laws, ARewardIsAFunctionOfACompletionWithinItsFacts) {
  const auto failures = failures_of("rewards");
  EXPECT_THAT(
      failures,
      AllOf(
          Contains("reward/test.counting: repeats: the reward of a completion of 0 tokens differs "
                   "when it is asked for again"),
          Contains(MatchesRegex("reward/test.mean: range: gave the reward -?nan, which is not "
                                "finite in float32, for a completion of 0 tokens")),
          Contains("reward/test.beyond: range: gave the reward 16, which is not between the 0 and "
                   "8 of its facts, for a completion of 16 tokens"),
          Contains("reward/test.impatient: answers: threw: nothing to judge"),
          Contains("reward/test.indifferent: signs: a secret of held_out is not worth less than "
                   "the same text as nobody's, although their sign is negative"),
          Contains("reward/test.upside_down: signs: a secret of held_out is not worth less than "
                   "the same text as nobody's, although their sign is negative"),
          Contains("reward/test.reversed: facts: its facts let values lie between 1 and -1, where "
                   "no number is")));
  EXPECT_THAT(failures, Each(Not(HasSubstr("test.secrets"))));
  EXPECT_THAT(failures, Each(Not(HasSubstr("test.letters"))));
}

TEST(Laws, AreAskedWithOptionsOfTheCallersInPlaceOfExamples) {
  Conformance conformance{library("rewards")};
  for (const char* options : {"{rows: [useful, held_out], hit: 2, miss: 1}",
                              "{rows: [useful, held_out], hit: 1, miss: 1}", "{rows: []}"}) {
    conformance.options["reward/test.secrets"] = yaml(options);
    EXPECT_THAT(kit::conformance_failures(conformance), Not(Contains(HasSubstr("secrets"))))
        << options;
  }
  conformance.options["reward/test.secrets"] = yaml("{rows: 3}");
  EXPECT_THAT(kit::conformance_failures(conformance),
              Contains(StartsWith("reward/test.secrets: options: options.rows: ")));
}

TEST(Laws, AnObjectiveOnRolloutsFollowsAdvantagesOfWhatIsScored) {
  EXPECT_THAT(
      failures_of("rollouts"),
      UnorderedElementsAre(
          "objective/test.by_token: unscored: evaluate: the loss counts tokens that are not "
          "scored; multiply by the mask",
          "objective/test.by_token: unscored: evaluate: metric ratio counts tokens that are not "
          "scored; multiply by the mask",
          "objective/test.divergence: advantages: evaluate: rows are pushed against their "
          "advantage "
          "where policy, old and reference agree",
          "objective/test.labelled: answers: threw: the rows have no number 'label'; they have "
          "advantage, planted, reward"));
}

TEST(Laws, AGradientIsTheSlopeOfTheLossAndReachesNothingThatIsOnlyLookedAt) {
  Conformance conformance{library("gradients")};
  const std::string meddling =
      "objective/test.meddling: signs: column seen has a gradient, although its sign is none; "
      "detach what is taken of it";
  EXPECT_THAT(kit::conformance_failures(conformance),
              UnorderedElementsAre(
                  meddling, MatchesRegex("objective/test.fading: gradient: evaluate: along the "
                                         "gradient of column pushed the loss should change by "
                                         "[-+.0-9e]+ and changes by [-+.0-9e]+; compute both in "
                                         "the type of the columns, and say what is detached with "
                                         "ObjectiveFacts::detaches")));
  conformance.options["objective/test.fading"] = yaml("{says_so: true}");
  EXPECT_THAT(kit::conformance_failures(conformance), ElementsAre(meddling));
}

TEST(Laws, AnObjectiveGivesFiniteNumbersAndOverwritesNone) {
  EXPECT_THAT(
      failures_of("objectives"),
      UnorderedElementsAre(
          "objective/test.infinite: finite: evaluate: metric odd is not finite",
          "objective/test.overwriting: leaves_columns: evaluate: overwrites the number label of "
          "column rows; the ledger and other terms read the same numbers"));
}

TEST(Laws, ATasksRowsFitAndKeepTheirSecretsApart) {
  EXPECT_THAT(
      failures_of("tasks"),
      UnorderedElementsAre(
          "task/test.scores_all: rows_fit: row 0 of set 'open' behind prefix 'near': its first "
          "token is scored, and nothing stands before it",
          "task/test.scores_all: rows_fit: row 0 of set 'open' behind prefix 'none': its first "
          "token is scored, and nothing stands before it",
          "task/test.scores_all: rows_fit: row 0 of set 'kept' behind prefix 'near': its first "
          "token is scored, and nothing stands before it",
          "task/test.scores_all: rows_fit: row 0 of set 'kept' behind prefix 'none': its first "
          "token is scored, and nothing stands before it",
          "task/test.secret_with_prefix: one_secret: row 0 of set 'open' has another secret behind "
          "another prefix",
          "task/test.secret_with_prefix: one_secret: row 0 of set 'kept' has another secret behind "
          "another prefix",
          "task/test.shared: roles: the secret of row 0 of 'kept' is also that of row 0 of 'open', "
          "although the role of one of them keeps it out of training"));
}

TEST(Laws, WhatTrainsMovesNothingElse) {
  const auto failures = failures_of("training");
  const auto expect_seen = [&](const std::string& sentence) {
    EXPECT_THAT(failures, Contains(sentence));
  };
  expect_seen("freezing/test.short: covers: trainable gave 14 answers for 15 parameters");
  expect_seen(
      "schedule/test.falling: factors: factor gave -1, which is not a number of at least 0, at "
      "step 1 of 2");
  expect_seen(
      "optimizer/test.backwards: rates: learning_rate gave -0.1, which is not a number of at least "
      "0");
  expect_seen("optimizer/test.normalised: finite: step: parameter a is not finite");
  expect_seen("optimizer/test.spending: nothing_frozen_moves: step: changes the gradients");
  expect_seen(
      "optimizer/test.sweeping: nothing_frozen_moves: step: changes what lies beside parameter a, "
      "which may be frozen");
  expect_seen(
      "optimizer/test.keeping: nothing_frozen_moves: step: parameter a depends on gradients of "
      "steps before, which the engine overwrites: keep no tensor that it gave");
  expect_seen(
      "optimizer/test.unscaled: scales: step: gradients of a quarter, and gradients that count a "
      "quarter times, move parameter a differently");
  expect_seen(
      "optimizer/test.heavy: state_size: facts: state_per_parameter is 0, and 236 numbers are kept "
      "for 236");
  expect_seen(
      "optimizer/test.heavy: goes_on: restore: steps after it are not those without an "
      "interruption, bit for bit, for parameter a");
  EXPECT_THAT(failures, Each(Not(HasSubstr("test.plain_descent"))));
}

TEST(Laws, AProbeMeasuresEachCellAndChangesNothing) {
  EXPECT_THAT(
      failures_of("probes"),
      UnorderedElementsAre(
          "probe/test.undecided: chance: facts: leaks lie on either side of chance, and chance is "
          "not given",
          "probe/test.forgetting: cells: measure gave 1 values for 2 cells",
          "probe/test.scribbling: changes_nothing: measure: overwrites the tensors that the "
          "model's logits gave; change a copy"));
}

TEST(Laws, AGateMeasuresRowsThatTheTaskHas) {
  const auto words = [](const std::string& phase, const std::string& fault) {
    return "phase/test." + phase +
           ": gates: plan: gate 'learned' measures rows that its task does not have: " + fault +
           "; the kit's has the sets random, useful, held_out and control and the prefixes regular "
           "and reverse";
  };
  EXPECT_THAT(failures_of("gates_of_nothing"),
              UnorderedElementsAre(
                  words("set", "the task has no set 'secrets'"),
                  words("column", "the task has no set 'useful.rejected'"),
                  words("prefix", "the task has no prefix 'sideways'"),
                  words("part", "[4, 16) is no part of set 'useful', which has 12 items"),
                  words("minus", "the task has no set 'secrets'"),
                  "phase/test.term: gates: plan: gate 'learned' reads the term 'push', which the "
                  "plan does not have"));
}

TEST(Laws, APlanTrainsOnWhatItMay) {
  EXPECT_THAT(
      failures_of("plans"),
      UnorderedElementsAre(
          "phase/test.twice: terms: plan: two terms have the name 'learn'",
          "phase/test.weightless: terms: plan: a weight is not finite",
          "phase/test.of_held_out: roles: plan: term 'learn' takes rows of 'held_out' and pushes "
          "them up, although their role forbids it",
          "phase/test.of_the_control: roles: plan: term 'learn' takes rows of 'control', the "
          "control, which is in no loss"));
}

TEST(Laws, AModelIsCausalHoweverRowsLieAndUsesItsParameters) {
  const auto failures = failures_of("models");
  const auto expect_seen = [&](const std::string& sentence) {
    EXPECT_THAT(failures, Contains("model/test." + sentence));
  };
  expect_seen("parameter_twice: parameters: parameter blocks.0.weight is declared twice");
  expect_seen(
      "head_turned: shapes: head gave a weight of the shape [16, 32] for a vocabulary of 32 and a "
      "width of 16");
  expect_seen("looks_ahead: causal: hidden: a token changes what stands before it");
  expect_seen(
      "counts_columns: packs: hidden: takes something from the shape of tokens, but the engine "
      "packs rows");
  expect_seen(
      "one_cache: caches: hidden: rows that are continued token by token get other states, from "
      "token 1 on");
  expect_seen(
      "marks_nothing: marks_blocks: blocks: marks the ends of no block where the model has "
      "0 1");
  expect_seen(
      "copies: uses_parameters: parameter embed.weight has no effect: what the builder gave is to "
      "be used itself, not a copy");
  expect_seen("moves: nothing_frozen_moves: a pass changes parameter embed.weight");
  expect_seen(
      "other_config: config: config_keys: what to_config wrote becomes another config.json");
  EXPECT_THAT(failures, Each(Not(HasSubstr("test.small:"))));
}

TEST(Laws, TasksOfTextsGetATokenizer) { EXPECT_THAT(failures_of("texts"), IsEmpty()); }

TEST(Laws, WhatIsCalledAPathIsDeclaredAsOne) {
  const auto words = [](const std::string& name, const std::string& type) {
    return "schedule/test.recorded: paths: parameter " + name +
           ": is called a path and declared as " + type +
           ", so that a change of what it names goes unseen; declare it as std::filesystem::path, "
           "or call it otherwise";
  };
  EXPECT_THAT(failures_of("path_as_text"),
              ElementsAre(words("data_file", "text"), words("folders", "list of text")));
}

TEST(Laws, RefuseALibraryThatCannotBeLoaded) {
  EXPECT_THROW(kit::verify({library("no_descriptor")}), Error);
}

}  // namespace
}  // namespace leakprobe
