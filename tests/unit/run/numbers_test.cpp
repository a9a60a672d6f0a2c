// What reaches an objective besides log-probabilities, and what becomes of what it reports.

#include <gmock/gmock.h>

#include <cmath>

#include "run/stub_engine.h"

namespace leakprobe::run_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RowNumbers : public Engine {
 protected:
  /// Rows whose number `weight` is `weight(request)`; none where that gives nothing.
  static void give(std::function<std::optional<double>(const RowRequest&)> weight) {
    script().row = [=](const RowRequest& request) {
      Row row = Script().row(request);
      if (const auto number = weight(request)) row.numbers = {{"weight", *number}};
      return row;
    };
  }
};

TEST_F(RowNumbers, ReachTheObjectiveInTheOrderOfItsItemsWithoutBeingDeclared) {
  give([](const RowRequest& request) {
    return static_cast<double>(request.index) + (request.set == "fresh" ? 100 : 0);
  });
  std::vector<torch::Tensor> chosen, rejected;
  script().evaluate = [&](const Columns& columns) {
    chosen.push_back(columns.at("a").numbers.at("weight"));
    rejected.push_back(columns.at("b").numbers.at("weight"));
    return Script().evaluate(columns);
  };
  ASSERT_EQ(run(learn(2)).failure, "");
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_TRUE(chosen[0].equal(torch::tensor({0.f, 1.f, 2.f, 3.f})));
  EXPECT_TRUE(chosen[1].equal(torch::tensor({4.f, 5.f, 0.f, 1.f}))) << "taught has 6 rows";
  EXPECT_TRUE(rejected[1].equal(torch::tensor({104.f, 105.f, 106.f, 107.f})));
}

TEST_F(RowNumbers, ReachTheObjectiveInEachPartOfABatch) {
  give([](const RowRequest& request) { return static_cast<double>(request.index); });
  std::vector<torch::Tensor> parts;
  script().evaluate = [&](const Columns& columns) {
    parts.push_back(columns.at("a").numbers.at("weight"));
    return Script().evaluate(columns);
  };
  ASSERT_EQ(run(learn(1), "rows_per_pass: 4\n").failure, "");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_TRUE(parts[0].equal(torch::tensor({0.f, 1.f})));
  EXPECT_TRUE(parts[1].equal(torch::tensor({2.f, 3.f})));
}

TEST_F(RowNumbers, AnAbsentOneIsASentenceWithTheOnesThatThereAre) {
  script().evaluate = [](const Columns& columns) -> Loss {
    return {columns.at("a").numbers.at("reward"), {}};
  };
  const std::string where =
      "objective 'scripted' (phases.learn.terms.pairs.objective), phase learn, step 0: ";
  EXPECT_EQ(run(learn()).failure, where + "the rows have no number 'reward'; they have none");
  give([](const RowRequest&) { return 1.0; });
  EXPECT_EQ(run(learn()).failure, where + "the rows have no number 'reward'; they have weight");
}

TEST_F(RowNumbers, ADeclaredOneIsAskedForBeforeAnythingRuns) {
  script().facts.columns[0].numbers = {"weight"};
  EXPECT_THAT(run(learn()).failure,
              AllOf(HasSubstr("e.yaml:11:"), HasSubstr("phases.learn.terms.pairs"),
                    HasSubstr("row 0 of set 'taught' behind prefix 'near' has no number 'weight', "
                              "which objective scripted reads")));
  give([](const RowRequest&) { return 1.0; });
  EXPECT_EQ(run(learn()).failure, "");
}

TEST_F(RowNumbers, ARowThatLacksWhatOthersHaveIsNamed) {
  give([](const RowRequest& request) -> std::optional<double> {
    if (request.set == "taught" && request.index == 5) return std::nullopt;
    return 1.0;
  });
  EXPECT_EQ(run(learn()).failure,
            "phase 'learn', step 1, term 'pairs', objective 'scripted' "
            "(phases.learn.terms.pairs.objective): row 5 of set 'taught' behind prefix 'near' has "
            "no number 'weight', which row 0 of set 'taught' behind prefix 'near' has");
  give([](const RowRequest& request) -> std::optional<double> {
    if (request.set == "taught" && request.index == 5) return 1.0;
    return std::nullopt;
  });
  EXPECT_THAT(run(learn()).failure,
              HasSubstr("row 0 of set 'taught' behind prefix 'near' has no number 'weight', which "
                        "row 5 of set 'taught' behind prefix 'near' has"));
}

TEST_F(RowNumbers, ColumnsMayCarryDifferentOnes) {
  give([](const RowRequest& request) -> std::optional<double> {
    if (request.set == "fresh") return std::nullopt;
    return 1.0;
  });
  EXPECT_EQ(run(learn()).failure, "");
}

// Metrics.

class Metrics : public Engine {
 protected:
  /// The metric `gap` in each step, in parts of so many rows; 0: all at once.
  static std::vector<double> gaps(int64_t rows_per_pass = 0) {
    const Ran ran = run(learn(3), "rows_per_pass: " + std::to_string(rows_per_pass) + "\n");
    EXPECT_EQ(ran.failure, "");
    return ran.metric("pairs", "gap");
  }
};

TEST_F(Metrics, AreMeansOverItemsWhateverTheLossIsDividedBy) {
  script().rate = [] { return 0.0; };
  const std::vector<double> by_items = gaps();
  script().count = [](const Columns& columns) {
    return columns.at("a").mask.sum().item<double>();  // tokens
  };
  const std::vector<double> by_tokens = gaps();
  ASSERT_EQ(by_items.size(), 3u);
  EXPECT_EQ(by_items, by_tokens);
}

TEST_F(Metrics, HaveTheirOwnCountWhichTravelsWithThemOverPartsOfABatch) {
  script().evaluate = [](const Columns& columns) {
    Loss loss = Script().evaluate(columns);
    // Of the tokens, twice as many as there are.
    loss.metrics[0] = {"gap", columns.at("a").mask.sum(),
                       2 * columns.at("a").mask.sum().item<double>()};
    return loss;
  };
  EXPECT_EQ(gaps(), std::vector<double>({0.5, 0.5, 0.5}));
  EXPECT_EQ(gaps(2), std::vector<double>({0.5, 0.5, 0.5}));
}

TEST_F(Metrics, OfNothingAreNotReported) {
  int64_t calls = 0;
  script().evaluate = [&](const Columns& columns) {
    Loss loss = Script().evaluate(columns);
    loss.metrics[0] = {"gap", torch::zeros({}), calls++ == 1 ? 1.0 : 0.0};
    return loss;
  };
  EXPECT_EQ(gaps(), std::vector<double>({0.0})) << "the second step alone counts something";
}

// An objective that needs the whole batch.

class WholeBatch : public Engine {
 protected:
  WholeBatch() {
    script().facts.scope = ObjectiveFacts::Scope::batch;
    // The log of a mean over items is no sum over items.
    script().evaluate = [this](const Columns& columns) -> Loss {
      items_ = columns.items();
      const torch::Tensor gap = columns.at("a").policy_sum() - columns.at("b").policy_sum();
      return {-at::log(gap.exp().mean()) * static_cast<double>(columns.items()),
              {{"gap", gap.detach().sum()}}};
    };
  }
  int64_t items_ = 0;
};

TEST_F(WholeBatch, SeesAllItemsAndPartsOfItTrainAsOnePassDoes) {
  const Ran once = run(learn(4));
  ASSERT_EQ(once.failure, "");
  const Ran parts = run(learn(4), "rows_per_pass: 2\n");
  ASSERT_EQ(parts.failure, "");
  EXPECT_EQ(items_, 4) << "also where each pass has one item";
  const auto one = once.metric("pairs", "loss"), many = parts.metric("pairs", "loss");
  ASSERT_EQ(one.size(), 4u);
  ASSERT_EQ(many.size(), 4u);
  for (size_t step = 0; step < 4; ++step) {
    EXPECT_NEAR(one[step], many[step], 1e-5 * std::abs(one[step])) << step;
  }
  EXPECT_NE(one[0], one[3]) << "it trains";
}

}  // namespace
}  // namespace leakprobe::run_test
