// Plugins that throw, answer wrongly or give what is not finite, driven through whole runs: each
// ends in one sentence that names plugin, phase and step.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "leakprobe/error.h"
#include "leakprobe/host/memory_words.h"
#include "model/model_files.h"
#include "plugin/guard.h"
#include "run/stop.h"
#include "run/stub_engine.h"

namespace leakprobe::run_test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const std::string kObjective = "objective 'scripted' (phases.learn.terms.pairs.objective)";
class Guards : public Engine {
 protected:
  static std::string failure() { return run(learn(), kProbes).failure; }
};

TEST_F(Guards, GoodPluginsRun) {
  const Ran ran = run(learn(), kProbes);
  EXPECT_EQ(ran.failure, "");
  EXPECT_EQ(ran.metric("pairs", "loss").size(), 2u);
}

/// Everything that a plugin may throw, and what is said of it.
struct Thrown {
  const char* name;
  std::function<void()> raise;
  std::string text;
};

std::vector<Thrown> things() {
  return {
      {"int", [] { throw 42; }, "threw an object of type int"},
      {"string", [] { throw std::string("a string"); }, "threw a text: a string"},
      {"runtime_error", [] { throw std::runtime_error("a runtime error"); }, "a runtime error"},
      {"out_of_range", [] { std::map<int, int>().at(3); }, "threw std::out_of_range: map::at"},
      {"bad_alloc", [] { throw std::bad_alloc(); }, host::kOutOfMemory},
      {"torch",
       [] {
         torch::ones({2, 3}).matmul(torch::ones({2, 3}));
       },
       "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"},
  };
}

/// A call of the engine into a plugin: how a test makes it do something, and how it is named.
struct Call {
  const char* name;
  std::function<void(std::function<void()>)> instead;
  std::string where;
};

std::vector<Call> calls() {
  const auto constructor = [](Kind kind) {
    return [kind](std::function<void()> raise) {
      script().made = [=](Kind made) {
        if (made == kind) raise();
      };
    };
  };
  const std::string optimizer = "optimizer 'adamw', phase learn";
  const std::string sink = "sink 'jsonl' (sinks[0])";
  return {
      {"model_made", constructor(Kind::model), "e.yaml:4:8: error: model: plugin 'tiny'"},
      {"task_made", constructor(Kind::task), "e.yaml:5:7: error: task: plugin 'words'"},
      {"objective_made", constructor(Kind::objective),
       "error: phases.learn.terms.pairs.objective: plugin 'scripted', phase learn"},
      {"probe_made", constructor(Kind::probe), "error: probes.look: plugin 'look'"},
      {"freezing_made", constructor(Kind::freezing),
       "error: phases.learn.freeze: plugin 'none', phase learn"},
      {"optimizer_made", constructor(Kind::optimizer),
       "error: optimizer: plugin 'adamw', phase learn"},
      {"schedule_made", constructor(Kind::schedule),
       "error: schedule: plugin 'warmup_cosine', phase learn"},
      {"sink_made", constructor(Kind::sink), "error: sinks[0]: plugin 'jsonl'"},
      {"row_of_a_step",
       [](std::function<void()> raise) {
         const auto row = script().row;
         script().row = [=](const RowRequest& request) {
           // Rows are looked at before the first phase, too.
           if (request.set == "fresh" && !Stage::text().empty()) raise();
           return row(request);
         };
       },
       "task 'words', row 0 of set 'fresh' behind prefix 'far', phase learn, step 0"},
      {"evaluate",
       [](std::function<void()> raise) {
         script().evaluate = [=](const Columns&) -> Loss {
           raise();
           return {};
         };
       },
       kObjective + ", phase learn, step 0"},
      {"count",
       [](std::function<void()> raise) {
         script().count = [=](const Columns&) -> double {
           raise();
           return 1;
         };
       },
       kObjective + ", phase learn, step 0"},
      {"backward_through_its_graph",
       [](std::function<void()> raise) {
         script().evaluate = [=](const Columns& columns) {
           Loss loss = Script().evaluate(columns);
           loss.sum.register_hook([=](const torch::Tensor&) { raise(); });
           return loss;
         };
       },
       kObjective + ", phase learn, step 0"},
      {"measure",
       [](std::function<void()> raise) {
         script().measure = [=](ProbedModel&,
                                const std::vector<ProbeCell>&) -> std::vector<ProbeValue> {
           raise();
           return {};
         };
       },
       "probe 'look', phase learn before its first step"},
      {"trainable",
       [](std::function<void()> raise) {
         script().trainable = [=](size_t) -> std::vector<bool> {
           raise();
           return {};
         };
       },
       "error: phases.learn.freeze: plugin 'none', phase learn"},
      {"factor",
       [](std::function<void()> raise) {
         script().factor = [=](int64_t step) {
           if (step == 1) raise();
           return 1.0;
         };
       },
       "schedule 'warmup_cosine', phase learn, step 1"},
      {"learning_rate",
       [](std::function<void()> raise) {
         script().rate = [=] {
           raise();
           return 1.0;
         };
       },
       optimizer + ", step 0"},
      {"clip_norm",
       [](std::function<void()> raise) {
         script().clip_norm = [=] {
           raise();
           return 1.0;
         };
       },
       optimizer + ", step 0"},
      {"update",
       [](std::function<void()> raise) {
         script().update = [=](std::vector<Trained>&, double, double) { raise(); };
       },
       optimizer + ", step 0"},
      {"beginning",
       [](std::function<void()> raise) {
         script().beginning = [=] {
           raise();
           return std::string();
         };
       },
       sink},
      {"write",
       [](std::function<void()> raise) {
         script().write = [=](const Value& record) {
           if (record.find("record")->as_string() == "step") raise();
         };
       },
       sink + ", phase learn, step 0"},
      {"hidden",
       [](std::function<void()> raise) {
         script().hidden = [=](torch::Tensor hidden) {
           raise();
           return hidden;
         };
       },
       "model 'tiny', phase learn before its first step"},
      {"head",
       [](std::function<void()> raise) {
         script().head = [=](Head head) {
           raise();
           return head;
         };
       },
       "model 'tiny', phase learn before its first step"},
  };
}

class EachCall : public Guards, public ::testing::WithParamInterface<Call> {};

TEST_P(EachCall, ThatThrowsEndsTheRunInOneSentence) {
  for (const Thrown& thrown : things()) {
    SCOPED_TRACE(thrown.name);
    script() = Script();
    GetParam().instead(thrown.raise);
    // What is made before a run stands behind its place in the experiment.
    EXPECT_THAT(failure(), EndsWith(GetParam().where + ": " + thrown.text));
  }
}

INSTANTIATE_TEST_SUITE_P(Guards, EachCall, ::testing::ValuesIn(calls()),
                         [](const auto& call) { return std::string(call.param.name); });

/// What becomes of two steps on rows that the policy makes, with plugins that `change` made.
Ran run_rollouts(const std::function<void()>& change) {
  script() = Script();
  script().facts = {};
  script().facts.columns = {{"rows", Sign::both}};
  script().facts.advantages = Advantages{};
  script().evaluate = [](const Columns& columns) -> Loss {
    const ColumnBatch& rows = columns.at("rows");
    return {-(rows.numbers.at("advantage") * rows.policy_sum()).sum(), {}};
  };
  change();
  return run(
      "  - name: learn\n    type: train\n    steps: 2\n    terms: {rolled: {rows: {sample: {set: "
      "taught, prefix: near, tokens: 4, group: 2}, reward: {type: judged}}}}\n");
}

const std::string kReward = "reward 'judged' (phases.learn.terms.rolled.rows.reward), phase learn";

TEST_F(Guards, AGoodRewardRuns) {
  const Ran ran = run_rollouts([] {});
  EXPECT_EQ(ran.failure, "");
  EXPECT_EQ(ran.metric("rolled", "reward").size(), 2u);
}

TEST_F(Guards, ARewardThatThrowsEndsTheRunInOneSentence) {
  for (const Thrown& thrown : things()) {
    SCOPED_TRACE(thrown.name);
    EXPECT_THAT(run_rollouts([&] {
                  script().made = [&](Kind made) {
                    if (made == Kind::reward) thrown.raise();
                  };
                }).failure,
                EndsWith("rows.reward: plugin 'judged', phase learn: " + thrown.text));
    EXPECT_EQ(run_rollouts([&] {
                script().reward = [&](const Completion&) -> double {
                  thrown.raise();
                  return 0;
                };
              }).failure,
              kReward + ", step 0: " + thrown.text);
  }
}

TEST_F(Guards, ARewardIsFiniteAndWithinTheRangeOfItsFacts) {
  const auto with = [](double value) {
    return run_rollouts([=] {
             script().reward_facts.least = -1;
             script().reward_facts.most = 1;
             script().reward = [=](const Completion&) { return value; };
           })
        .failure;
  };
  EXPECT_EQ(with(1), "");
  EXPECT_EQ(
      with(1.5),
      kReward + ", step 0: gave the reward 1.5, which is not between the -1 and 1 of its facts");
  EXPECT_EQ(with(kNan), kReward + ", step 0: gave the reward nan, which is not finite in float32");
}

TEST_F(Guards, AModelThatThrowsWhileItsFilesAreReadOrWrittenIsNamed) {
  const auto said = [](std::function<void()> call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const fs::path folder = fs::temp_directory_path() / ("stub-model-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "config.json")
      << R"({"model_type": "tiny", "vocab_size": 10, "strict": true})";
  const auto read = [&] { ModelFiles(folder, registry()); };
  script().converts = [] { throw 42; };
  EXPECT_EQ(said(read), "model 'tiny': threw an object of type int");
  EXPECT_EQ(run(learn()).failure, "model 'tiny', phase learn: threw an object of type int")
      << "where the checkpoint is written";
  fs::remove_all(folder);
}

TEST_F(Guards, APhaseThatThrowsWhileItPlansIsADiagnostic) {
  script().gates = [](std::vector<Measurement>&) { throw 42; };
  EXPECT_THAT(failure(), AllOf(HasSubstr("e.yaml:"),
                               HasSubstr("plugin 'train': threw an object of type int")));
}

// What a plugin must not answer.

TEST_F(Guards, AnObjectivesLossMustBeAScalarThatDependsOnItsRows) {
  const std::string where = kObjective + ", phase learn, step 0: ";
  const auto with = [](std::function<torch::Tensor(const Columns&)> sum) {
    script().evaluate = [=](const Columns& columns) -> Loss {
      Loss loss = Script().evaluate(columns);
      loss.sum = sum(columns);
      return loss;
    };
    return failure();
  };
  EXPECT_EQ(with([](const Columns& columns) { return columns.at("a").policy_sum(); }),
            where +
                "evaluate gave a loss of the shape [4] where a scalar is due; sum it over the "
                "items");
  EXPECT_EQ(with([](const Columns& columns) { return columns.at("a").policy.sum().detach(); }),
            where +
                "evaluate gave a loss that carries no gradient; compute it from the columns' "
                "policy");
  EXPECT_EQ(with([](const Columns&) { return torch::Tensor(); }), where + "evaluate gave no loss");
  EXPECT_EQ(with([](const Columns&) { return torch::ones({}).set_requires_grad(true) * 2; }),
            where + "its loss does not depend on the log-probabilities of its rows");
}

TEST_F(Guards, AnObjectiveReportsTheMetricsThatItDeclares) {
  const std::string where = kObjective + ", phase learn, step 0: evaluate ";
  const auto with = [](std::function<void(std::vector<Loss::Metric>&)> change) {
    script().evaluate = [=](const Columns& columns) {
      Loss loss = Script().evaluate(columns);
      change(loss.metrics);
      return loss;
    };
    return failure();
  };
  EXPECT_EQ(with([](auto& metrics) { metrics[0].name = "other"; }),
            where + "reports the metric 'other', which its facts do not declare");
  EXPECT_EQ(with([](auto& metrics) { metrics.clear(); }),
            where + "does not report the metric 'gap', which its facts declare");
  EXPECT_EQ(with([](auto& metrics) { metrics.push_back(metrics[0]); }),
            where + "reports the metric 'gap' twice");
  EXPECT_EQ(with([](auto& metrics) { metrics[0].sum = torch::ones({2}); }),
            where + "reports the metric 'gap' as no scalar");
  EXPECT_EQ(with([](auto& metrics) { metrics[0].count = -1; }),
            where + "reports the metric 'gap' with the count -1");
  EXPECT_EQ(
      with([](auto& metrics) { metrics[0].sum = torch::tensor(kNan); }),
      kObjective + ", phase learn, step 0: its metric 'gap' is not finite, though its loss is");
}

TEST_F(Guards, ACountMustBeANumberAboveZero) {
  for (const double count : {0.0, -4.0, kNan, double(INFINITY)}) {
    script().count = [=](const Columns&) { return count; };
    EXPECT_THAT(failure(), AllOf(StartsWith(kObjective + ", phase learn, step 0: count gave "),
                                 HasSubstr("which is not a number above 0")));
  }
}

TEST_F(Guards, AProbeAnswersEachCellWithEachRow) {
  const std::string where = "probe 'look', phase learn before its first step: measure ";
  const auto with = [](std::function<void(std::vector<ProbeValue>&)> change) {
    script().measure = [=](ProbedModel& model, const std::vector<ProbeCell>& cells) {
      auto values = Script().measure(model, cells);
      change(values);
      return values;
    };
    return failure();
  };
  const std::string cell = where + "of set 'taught' behind prefix 'near' gave ";
  EXPECT_EQ(with([](auto& values) { values.clear(); }), where + "gave 0 values for 1 cells");
  EXPECT_EQ(with([](auto& values) { values[0].cell.prefix = "far"; }),
            cell + "the value of another cell");
  EXPECT_EQ(with([](auto& values) { values[0].items.clear(); }), cell + "0 items for 2 rows");
  EXPECT_EQ(with([](auto& values) { values[0].items.push_back(0); }), cell + "3 items for 2 rows");
  EXPECT_EQ(with([](auto& values) { values[0].value = kNan; }), cell + "the value nan");
  EXPECT_EQ(with([](auto& values) { values[0].value = -1e308; }), cell + "the value -1e+308");
  EXPECT_EQ(with([](auto& values) { values[0].items[1] = INFINITY; }), cell + "inf for row 1");
}

TEST_F(Guards, ARowOfATaskIsWhole) {
  const std::string where = "plugin 'words', row 0 of set 'taught' behind prefix 'near': ";
  // Rows are looked at before anything is trained: the file's place stands before the sentence.
  const auto with = [](std::function<void(Row&)> change) {
    script().row = [=](const RowRequest& request) {
      Row row = Script().row(request);
      if (request.set == "taught") change(row);
      return row;
    };
    return failure();
  };
  EXPECT_THAT(with([](Row& row) { row.tokens.clear(); }), HasSubstr(where + "it has no tokens"));
  EXPECT_THAT(with([](Row& row) { row.scored.pop_back(); }),
              HasSubstr(where + "it has 5 tokens and 4 marks of what is scored"));
  EXPECT_THAT(with([](Row& row) { row.scored[0] = 1; }),
              HasSubstr(where + "its first token is scored, and nothing stands before it"));
  EXPECT_THAT(with([](Row& row) { row.scored[2] = 7; }),
              HasSubstr(where + "a mark of what is scored is neither 0 nor 1"));
  EXPECT_THAT(with([](Row& row) { row.scored.assign(5, 0); }),
              HasSubstr(where + "no token of it is scored"));
  EXPECT_THAT(with([](Row& row) {
                row.secret = {3, 3};
              }),
              HasSubstr(where + "its secret [3, 3) is empty or outside of its 5 tokens"));
  EXPECT_THAT(with([](Row& row) {
                row.secret = {3, 6};
              }),
              HasSubstr(where + "its secret [3, 6) is empty or outside of its 5 tokens"));
  EXPECT_THAT(with([](Row& row) {
                row.secret = {-1, 2};
              }),
              HasSubstr(where + "its secret [-1, 2) is empty or outside of its 5 tokens"));
  EXPECT_THAT(with([](Row& row) { row.tokens[1] = 10; }),
              HasSubstr(where + "its token 10 is not below 10, the limit of tokens"));
  EXPECT_THAT(with([](Row& row) { row.tokens[1] = -1; }),
              HasSubstr(where + "its token -1 is below 0"));
  EXPECT_THAT(
      with([](Row& row) {
        row.tokens.push_back(1);
        row.scored.push_back(1);
      }),
      HasSubstr(where + "it has 6 tokens, more than the longest_row of 5 in the task's facts"));
  EXPECT_THAT(with([](Row& row) {
                row.numbers = {{"weight", kNan}};
              }),
              HasSubstr(where + "its number 'weight' is nan, which is not finite in float32"));
  EXPECT_THAT(with([](Row& row) {
                row.numbers = {{"weight", 1e300}};
              }),
              HasSubstr(where + "its number 'weight' is 1e+300, which is not finite in float32"));
  EXPECT_THAT(with([](Row& row) {
                row.numbers = {{"weight", 1}, {"weight", 2}};
              }),
              HasSubstr(where + "it has two numbers of the name 'weight'"));
  EXPECT_THAT(with([](Row&) { throw 42; }), HasSubstr(where + "threw an object of type int"));
}

TEST_F(Guards, AFreezingPolicyAnswersForEachParameterOnce) {
  script().trainable = [](size_t parameters) { return std::vector<bool>(parameters + 1, true); };
  EXPECT_THAT(failure(), EndsWith("error: phases.learn.freeze: plugin 'none', phase learn: "
                                  "trainable gave 3 answers for 2 parameters"));
}

TEST_F(Guards, AScheduleGivesNumbersOfAtLeastZero) {
  for (const double factor : {kNan, -0.5, double(INFINITY)}) {
    script().factor = [=](int64_t) { return factor; };
    EXPECT_THAT(failure(),
                StartsWith("schedule 'warmup_cosine', phase learn, step 0: factor gave "));
  }
}

TEST_F(Guards, AnOptimizersRateAndNormAreNumbers) {
  const std::string where = "optimizer 'adamw', phase learn, step 0: ";
  script().rate = [] { return kNan; };
  EXPECT_EQ(failure(), where + "learning_rate gave nan, which is not a number of at least 0");
  script() = Script();
  script().clip_norm = [] { return kNan; };
  EXPECT_EQ(failure(), where + "clip_norm gave nan, which is not above 0");
}

TEST_F(Guards, AModelsStatesHaveTheirShape) {
  script().hidden = [](torch::Tensor hidden) { return hidden.squeeze(0); };
  EXPECT_THAT(failure(),
              AllOf(StartsWith("model 'tiny', phase learn before its first step: blocks gave the "
                               "shape ["),
                    HasSubstr(", 4]")));
  script() = Script();
  script().head = [](Head head) { return Head{head.weight.t(), {}}; };
  EXPECT_EQ(failure(),
            "model 'tiny', phase learn before its first step: head gave a weight of the "
            "shape [4, 10] for a vocabulary of 10 and a width of 4");
}

TEST_F(Guards, ASinksBytesAreForTheFileOfItsFacts) {
  const std::string sink = "sink 'jsonl' (sinks[0])";
  const std::string what = " although its facts name no file";
  script().file = "";
  EXPECT_EQ(run(learn(), kProbes).failure,
            sink + ", phase learn before its first step: write gave 9 bytes" + what);
  script().bytes = "";
  script().beginning = [] { return std::string("no file begins"); };
  EXPECT_EQ(run(learn(), kProbes).failure, "");
}

/// A run that is asked to stop at its first step, which saves its state; the optimizer has one.
Ran interrupted() {
  script().state = [] { return TensorsByName{{"moment", torch::ones({3})}}; };
  script().write = [](const Value& record) {
    if (record.find("record")->as_string() == "step") request_stop();
  };
  Ran ran = run(learn());
  script().write = Script().write;
  return ran;
}

TEST_F(Guards, AStateThatThrowsIsNamed) {
  script().state = []() -> TensorsByName { throw 42; };
  script().write = [](const Value&) { request_stop(); };
  EXPECT_EQ(run(learn()).failure,
            "optimizer 'adamw', phase learn, step 0: threw an object of type int");
}

TEST_F(Guards, ARestoreThatThrowsOrForgetsIsNamed) {
  const std::string where = "optimizer 'adamw', phase learn: ";
  ASSERT_EQ(interrupted().failure, "");
  script().restore = [](const TensorsByName&) { throw std::string("no"); };
  EXPECT_EQ(run(learn(), "", true).failure, where + "threw a text: no");
  script().restore = Script().restore;
  const std::string forgot =
      where + "its state after restore is not the one that was saved; start the run with --fresh";
  script().state = [] { return TensorsByName(); };
  EXPECT_EQ(run(learn(), "", true).failure, forgot);
  script().state = [] { return TensorsByName{{"moment", torch::zeros({3})}}; };
  EXPECT_EQ(run(learn(), "", true).failure, forgot);
}

TEST_F(Guards, AnInterruptedRunGoesOnWithGoodPlugins) {
  ASSERT_EQ(interrupted().failure, "");
  EXPECT_EQ(run(learn(), "", true).failure, "");
}

}  // namespace
}  // namespace leakprobe::run_test
