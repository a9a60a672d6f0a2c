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
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.sets.clear(); }), HasSubstr("name no set"));
  EXPECT_EQ(task_fault([](TaskFacts& f) { f.sets.push_back(set("train")); }),
            "its facts name a set twice: 'train'");
  EXPECT_EQ(task_fault([](TaskFacts& f) {
              f.sets[0].columns = {"chosen", "rejected"};
              f.sets[1].name = "train.chosen";
            }),
            "its facts name a set twice: 'train.chosen'");
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
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.longest_row = -3; }), HasSubstr("-3 tokens"));
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.token_limit = -1; }), HasSubstr("limit -1"));
  EXPECT_THAT(task_fault([](TaskFacts& f) { f.chance = 0.5; }), HasSubstr("a chance of 0.5"));
  EXPECT_THAT(task_fault([&](TaskFacts& f) { f.chance = nan; }), HasSubstr("a chance of nan"));
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

std::string refusal(std::vector<ColumnNeed> columns, std::vector<std::string> metrics = {}) {
  Stated::stated = {};
  Stated::stated.columns = std::move(columns);
  Stated::stated.metrics = std::move(metrics);
  StagingRegistrar registrar;
  try {
    static_cast<Registrar&>(registrar).add<Stated>("x.stated", "A thing.");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
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
              HasSubstr("e.yaml:2:7: error: task: task 'words': its facts name no set"));
}

}  // namespace
}  // namespace leakprobe
