// NaN and infinity in a run: one sentence that says where they arose, and the state before them is
// kept.

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "run/stub_engine.h"

namespace leakprobe::run_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kTerm =
    "phase 'learn', step 1, term 'pairs', objective 'scripted' "
    "(phases.learn.terms.pairs.objective): ";
const std::string kObjective =
    "objective 'scripted' (phases.learn.terms.pairs.objective), phase learn, step 0: ";

class NonFinite : public Engine {};

/// Weights that leave float32 in the first update.
void explode() {
  script().update = [](std::vector<Trained>& parameters, double, double) {
    const at::NoGradGuard no_gradients;
    for (Trained& parameter : parameters) parameter.value.mul_(1e30);
  };
}

TEST_F(NonFinite, WeightsThatExplodeAreFoundInTheNextStepWithTermAndRows) {
  explode();
  EXPECT_EQ(run(learn(4)).failure,
            kTerm +
                "the loss is not finite: the model gives no finite log-probability for row 4 of "
                "set 'taught' behind prefix 'near', row 5 of set 'taught' behind prefix 'near', "
                "row 0 of set 'taught' behind prefix 'near' and 5 more; lower optimizer.lr");
}

TEST_F(NonFinite, AProbeThatSeesItFirstIsNamedWithSetPrefixAndRow) {
  explode();
  EXPECT_EQ(
      run(learn(4), kProbes).failure,
      "probe 'look', phase learn, step 0: the model gives no finite "
      "log-probability for row 0 of set 'taught' behind prefix 'near'; lower optimizer.lr, or "
      "look at the weights that it starts from");
}

TEST_F(NonFinite, WeightsAreLookedAtWhereAPhaseEndsWithoutAProbe) {
  script().update = [](std::vector<Trained>& parameters, double, double) {
    const at::NoGradGuard no_gradients;
    parameters[1].value[0][0] = std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_EQ(run(learn(1)).failure,
            "phase 'learn', step 0: after it parameter 'head' is not finite; lower optimizer.lr");
}

TEST_F(NonFinite, ANaNInTheWeightsIsNamedByItsParameter) {
  script().update = [](std::vector<Trained>& parameters, double, double) {
    const at::NoGradGuard no_gradients;
    parameters[0].value.fill_(std::numeric_limits<double>::quiet_NaN());
  };
  EXPECT_THAT(run(learn(2)).failure,
              AllOf(StartsWith(kTerm),
                    HasSubstr(", as its parameter 'embedding' is not finite; lower optimizer.lr")));
}

TEST_F(NonFinite, ALossThatItsObjectiveSpoilsIsTheObjectivesWithTheRow) {
  script().evaluate = [](const Columns& columns) {
    Loss loss = Script().evaluate(columns);
    const torch::Tensor weights = columns.at("a").numbers.at("weight");
    loss.sum = (columns.at("a").policy_sum() * weights / weights).sum();  // 0 / 0
    return loss;
  };
  script().row = [](const RowRequest& request) {
    Row row = Script().row(request);
    row.numbers = {{"weight", request.index == 2 ? 0.0 : 1.0}};
    return row;
  };
  EXPECT_EQ(run(learn()).failure,
            kObjective +
                "its loss is not finite, though all log-probabilities are, first at row 2 "
                "of set 'taught' behind prefix 'near'; take less extreme numbers for its options "
                "and rewards");
}

TEST_F(NonFinite, ALossThatOverflowsFloat32IsTheObjectivesToo) {
  script().evaluate = [](const Columns& columns) {
    Loss loss = Script().evaluate(columns);
    loss.sum = loss.sum * 1e38 * 1e38;
    return loss;
  };
  EXPECT_THAT(run(learn()).failure, StartsWith(kObjective + "its loss is not finite"));
}

TEST_F(NonFinite, AGradientThatIsNotFiniteWhereTheLossIsNamesTheRows) {
  script().evaluate = [](const Columns& columns) {
    Loss loss = Script().evaluate(columns);
    // 0 with an infinite slope, times 0.
    const torch::Tensor gap = columns.at("a").policy_sum();
    loss.sum = loss.sum + (gap - gap.detach()).sqrt().sum();
    return loss;
  };
  EXPECT_THAT(run(learn()).failure,
              StartsWith(kObjective + "the gradient of its loss is not finite, though the loss is, "
                                      "at row 0 of set 'taught' behind prefix 'near', "));
}

TEST_F(NonFinite, AGradientThatTheModelSpoilsNamesParameterTermAndRow) {
  script().hidden = [](torch::Tensor hidden) {
    if (hidden.requires_grad()) {
      hidden = hidden * 1;
      hidden.register_hook([](const torch::Tensor& slope) { return slope * 1e38 * 1e38; });
    }
    return hidden;
  };
  EXPECT_THAT(run(learn()).failure,
              AllOf(StartsWith("phase 'learn', step 0, term 'pairs', objective 'scripted' "
                               "(phases.learn.terms.pairs.objective): the gradient of parameter "
                               "'embedding' is not finite, first at row 0 of set 'taught'"),
                    HasSubstr("; lower optimizer.lr")));
}

TEST_F(NonFinite, TheTermThatOverflowsIsNamedAmongSeveral) {
  const std::string terms =
      "  - name: learn\n    type: train\n    steps: 2\n    terms:\n"
      "      good: {objective: {type: up}, rows: {set: taught, repeat: 2}}\n"
      "      bad: {rows: {a: {set: taught, repeat: 2}, b: {set: fresh}}, weight: 1e15}\n";
  script().evaluate = [](const Columns& columns) {
    Loss loss = Script().evaluate(columns);
    loss.sum = loss.sum * 1e30;
    return loss;
  };
  EXPECT_THAT(run(terms).failure,
              AllOf(StartsWith("phase 'learn', step 0, term 'bad', objective 'scripted'"),
                    HasSubstr("is not finite")));
}

TEST_F(NonFinite, ALearningRateBeyondAllNumbersIsRefused) {
  script().rate = [] { return 1e308; };
  script().factor = [](int64_t) { return 1e3; };
  EXPECT_THAT(run(learn()).failure,
              StartsWith("phase 'learn', step 0: the learning rate is not finite"));
}

TEST_F(NonFinite, TheStateBeforeIsKeptAndResumeSaysTheSame) {
  const std::string phases = learn() + R"(  - name: again
    type: train
    steps: 4
    terms: {pairs: {rows: {a: {set: taught, repeat: 4}, b: {set: fresh}}}}
)";
  script().factor = [](int64_t step) { return step == 0 ? 1.0 : 1e30; };
  script().update = [](std::vector<Trained>& parameters, double rate, double) {
    const at::NoGradGuard no_gradients;
    if (rate > 1) {
      for (Trained& parameter : parameters) parameter.value.mul_(rate);
    }
  };
  // The first phase is good: it has no second step.
  const std::string one =
      "  - name: learn\n    type: train\n    steps: 1" + phases.substr(phases.find("\n    terms"));
  const std::string first = run(one).failure;
  EXPECT_THAT(first, StartsWith("phase 'again', step 2, term 'pairs'"));
  const Ran resumed = run(one, "", true);
  EXPECT_EQ(resumed.failure, first);
  for (const Value& record : resumed.records) {
    EXPECT_EQ(record.find("phase")->as_string(), "again") << "it went on and did not start anew";
  }
  EXPECT_THAT(first, AllOf(Not(HasSubstr("mistake")), Not(HasSubstr("report"))));
}

}  // namespace
}  // namespace leakprobe::run_test
