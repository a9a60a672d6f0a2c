#include "plugin/facts_fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "compose/stub_plugins.h"
#include "leakprobe/plugin.h"
#include "plugin/staging.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

SetFacts set(const std::string& name, std::optional<int64_t> size = 4) {
  SetFacts facts;
  facts.name = name;
  facts.size = size;
  return facts;
}

TaskFacts good_task() {
  TaskFacts facts;
  facts.sets = {set("train"), set("fresh", std::nullopt)};
  facts.prefixes = {"near"};
  facts.longest_row = 5;
  return facts;
}

template <class Change>
std::string task_fault(Change change) {
  TaskFacts facts = good_task();
  change(facts);
  return fault_of_facts(Kind::task, facts);
}

TEST(FaultOfFacts, IsNoneWhereNothingIsWrong) {
  EXPECT_EQ(fault_of_facts(Kind::task, good_task()), "");
  EXPECT_EQ(fault_of_facts(Kind::schedule, ScheduleFacts()), "");
  EXPECT_EQ(fault_of_facts(Kind::model, ModelFacts{8, 1, 16}), "");
}

TEST(FaultOfFacts, OfATaskIsSaid) {
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.sets.clear(); }), HasSubstr("name no set"));
  EXPECT_EQ(task_fault([](TaskFacts& f) { f.sets.push_back(set("train")); }),
            "its facts name a set twice: 'train'");
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              f.sets[0].columns = {"chosen", "rejected"};
              f.sets[1].name = "train.chosen";
            }),
            "its facts name a set twice: 'train.chosen'");
  EXPECT_EQ(task_fault([](TaskFacts& f) { f.sets[0].name = "train[0:2]"; }),
            "its facts give set 'train[0:2]' a name that parts of sets have: none ends like [0:2]");
  EXPECT_EQ(task_fault([](TaskFacts& f) { f.sets[0].name = "train[0:2] too"; }), "");
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              f.sets[0].columns = {"chosen", "rejected[7:12]"};
            }),
            "its facts give set 'train' a column whose name parts of sets have: none ends like "
            "[0:2]");
  EXPECT_EQ(task_fault([](TaskFacts& f) { f.sets[0].name = ""; }),
            "its facts give a set an empty name");
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              f.sets[0].columns = {"a", "a"};
            }),
            "its facts name a set twice: 'train.a'");
  EXPECT_THAT(task_fault([](TaskFacts& f) {
                f.sets[0].columns = {"a", "b"};
                f.sets[0].columns[0].role = Role{Role::Kind::control, {}};
              }),
              HasSubstr("a column that is the control"));
  EXPECT_EQ(task_fault([](TaskFacts& f) { f.sets[0].size = -1; }),
            "its facts give set 'train' the size -1");
  EXPECT_EQ(task_fault([](TaskFacts& f) { f.sets[0].size = 0; }), "") << "whoever uses it is told";
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.sets[0].role.prefixes = {"far"}; }),
              HasSubstr("a role behind the prefix 'far', which they do not name"));
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              for (SetFacts& each : f.sets) each.role.kind = Role::Kind::control;
            }),
            "its facts make more than one set the control");
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              f.prefixes = {"near", "near"};
            }),
            "its facts name a prefix twice: 'near'");
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.prefixes = {"none"}; }), HasSubstr("'none'"));
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.longest_row = 0; }), HasSubstr("0 tokens"));
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              f.longest_row = 0;
              f.needs_tokenizer = true;
            }),
            "")
      << "the tokenizer decides";
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.longest_row = -3; }), HasSubstr("-3 tokens"));
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.token_limit = -1; }), HasSubstr("limit -1"));
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.chance = 0.5; }), HasSubstr("a chance of 0.5"));
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.chance = kNan; }), HasSubstr("a chance of nan"));
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              f.vocabulary = {" code", " code"};
            }),
            "its facts name a text of the vocabulary twice: ' code'");
}

TEST(FaultOfFacts, OfAModelIsSaid) {
  EXPECT_EQ(fault_of_facts(Kind::model, ModelFacts{0, 1, 16}), "its facts give the hidden size 0");
  EXPECT_EQ(fault_of_facts(Kind::model, ModelFacts{8, 1, -1}),
            "its facts give the number of positions -1");
}

/// An objective whose facts are what the test says.
struct Stated final : Objective {
  using Options = NoOptions;
  static inline ObjectiveFacts stated;
  static ObjectiveFacts facts(const Options&) { return stated; }
  Stated(const Options&, const Context&) {}
  Loss evaluate(const Columns&) const override { return {}; }
};

std::string refusal_of(ObjectiveFacts facts) {
  Stated::stated = std::move(facts);
  StagingRegistrar registrar;
  try {
    static_cast<Registrar&>(registrar).add<Stated>("x.stated", "A thing.");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string refusal(std::vector<ColumnNeed> columns, std::vector<std::string> metrics = {}) {
  ObjectiveFacts facts;
  facts.columns = std::move(columns);
  facts.metrics = std::move(metrics);
  return refusal_of(std::move(facts));
}

TEST(FaultOfFacts, OfAnObjectiveRefusesItAtRegistrationByName) {
  EXPECT_EQ(refusal({{"rows", Sign::positive}}, {"reward"}), "");
  EXPECT_EQ(refusal({}),
            "objective 'x.stated': its facts name no column: say in ObjectiveFacts::columns what "
            "it takes");
  EXPECT_EQ(refusal({{"rows", Sign::positive}, {"rows", Sign::negative}}),
            "objective 'x.stated': its facts name a column twice: 'rows'");
  EXPECT_EQ(refusal({{"", Sign::positive}}),
            "objective 'x.stated': its facts give a column an empty name");
  EXPECT_EQ(refusal({{"rows", Sign::positive}}, {"reward", "reward"}),
            "objective 'x.stated': its facts name a metric twice: 'reward'");
  EXPECT_THAT(refusal({{"rows", Sign::positive}}, {"loss"}), HasSubstr("the metric 'loss'"));
}

TEST(FaultOfFacts, OfAnObjectiveOnRolloutsAreThoseOfItsAdvantages) {
  const auto with = [](auto change) {
    ObjectiveFacts facts;
    facts.columns = {{"rows", Sign::both}};
    facts.needs_reference = true;
    facts.advantages = Advantages{};
    change(facts);
    return refusal_of(facts);
  };
  EXPECT_EQ(with([](ObjectiveFacts& f) { f.advantages->kl = 0.05; }), "");
  EXPECT_EQ(with([](ObjectiveFacts& f) { f.needs_reference = false; }), "");
  for (const double kl : {-0.1, kNan, kInfinity}) {
    EXPECT_THAT(with([&](ObjectiveFacts& f) { f.advantages->kl = kl; }),
                ::testing::StartsWith("objective 'x.stated': its facts give advantages the kl "));
  }
  EXPECT_EQ(with([](ObjectiveFacts& f) { f.metrics = {"clip_ratio"}; }), "");
  EXPECT_EQ(
      with([](ObjectiveFacts& f) { f.metrics = {"reward_std"}; }),
      "objective 'x.stated': its facts name the metric 'reward_std', which the engine reports "
      "itself");
  EXPECT_EQ(with([](ObjectiveFacts& f) {
              f.columns.push_back({"pairs", Sign::both});
            }),
            "objective 'x.stated': its facts have advantages and 2 columns: rollouts are one");
  EXPECT_EQ(with([](ObjectiveFacts& f) {
              f.advantages->kl = 0.05;
              f.needs_reference = false;
            }),
            "objective 'x.stated': its facts take a divergence from the reference off the rewards "
            "and need no reference: say it in ObjectiveFacts::needs_reference");
}

TEST(FaultOfFacts, OfARewardIsSaid) {
  const auto fault = [](auto change) {
    RewardFacts facts;
    facts.rows = {{"useful", Sign::negative}, {"train.rejected", Sign::both}};
    change(facts);
    return fault_of_facts(Kind::reward, facts);
  };
  EXPECT_EQ(fault_of_facts(Kind::reward, RewardFacts()), "");
  EXPECT_EQ(fault([](RewardFacts& f) { f.first_tokens = 1; }), "");
  EXPECT_EQ(fault([](RewardFacts& f) { f.least = f.most = 0; }), "");
  EXPECT_EQ(fault([](RewardFacts& f) { f.rows[1].name = ""; }),
            "its facts give rows an empty name");
  EXPECT_EQ(fault([](RewardFacts& f) { f.rows[1].name = "useful"; }),
            "its facts name rows twice: 'useful'");
  EXPECT_EQ(fault([](RewardFacts& f) { f.rows[0].sign = Sign::none; }),
            "its facts say that rows of 'useful' are worth neither more nor less than other text: "
            "leave them out");
  EXPECT_EQ(fault([](RewardFacts& f) { f.first_tokens = 0; }),
            "its facts go by the first 0 tokens of a secret: say at least 1");
  EXPECT_EQ(fault([](RewardFacts& f) { f.most = -1, f.least = 0; }),
            "its facts let values lie between 0 and -1, where no number is");
  EXPECT_THAT(fault([](RewardFacts& f) { f.least = kNan; }), HasSubstr("between nan and inf"));
  EXPECT_THAT(fault([](RewardFacts& f) { f.most = kNan; }), HasSubstr("between -inf and nan"));
  EXPECT_THAT(fault([](RewardFacts& f) { f.least = kInfinity; }), HasSubstr("inf and inf"));
}

struct Constant final : Schedule {
  using Options = NoOptions;
  Constant(const Options&, const Context&) {}
  double factor(int64_t, int64_t) const override { return 1; }
};

TEST(PluginName, ThatIsNoNameIsRefusedForEveryKind) {
  for (const char* name : {"", "Npo", "a b", "a/b", "..", "a..b", ".a", "a.", "1a", "a\nb", "ä"}) {
    StagingRegistrar registrar;
    EXPECT_THROW(static_cast<Registrar&>(registrar).add<Constant>(name, "A thing."), Error) << name;
  }
  StagingRegistrar registrar;
  EXPECT_NO_THROW(static_cast<Registrar&>(registrar).add<Constant>("acme.b_2", "A thing."));
}

TEST(FaultOfFacts, OfATaskIsADiagnosticAtTheTask) {
  EXPECT_THAT(compose_test::errors_of("model: {type: net}\ntask: {type: words, sets: false}\n"
                                      "phases:\n  - {type: look}\n"),
              HasSubstr("e.yaml:2:7: error: task: plugin 'words': its facts name no set"));
}

}  // namespace
}  // namespace leakprobe
