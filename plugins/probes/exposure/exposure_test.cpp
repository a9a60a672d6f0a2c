#include "exposure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;

/// Gives each row the log-probability that its number `score` says, in two tokens.
class Scored final : public ProbedModel {
 public:
  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override {
    ++calls;
    std::vector<std::vector<float>> scores;
    for (const Row* row : rows) {
      const auto half = static_cast<float>(row->numbers.at(0).second / 2);
      scores.push_back({half, half});
    }
    return scores;
  }
  std::vector<torch::Tensor> logits(const std::vector<const Row*>&) override { return {}; }
  int calls = 0;
};

/// A row whose secret is `secret`.
Row row(int64_t secret, double score) {
  return {{0, secret / 1000, secret % 1000}, {0, 1, 1}, {1, 3}, {{"score", score}}};
}

/// Rows of these scores, secrets counted from `first`.
ProbeCell cell(const std::string& set, int64_t first, const std::vector<double>& scores,
               size_t control) {
  ProbeCell made{{set, "regular"}, {}, control};
  for (const double score : scores) made.rows.push_back(row(first++, score));
  return made;
}

std::vector<ProbeValue> exposures(const std::vector<ProbeCell>& cells) {
  Scored model;
  auto values = Exposure({}, kit::TestContext()).measure(model, cells);
  EXPECT_EQ(model.calls, 1);
  return values;
}

/// Scores as an untrained model gives them: those of all rows come from one distribution.
std::vector<double> untrained(size_t rows, uint64_t stream) {
  std::vector<double> scores;
  for (size_t i = 0; i < rows; ++i) {
    Random random = RandomStream(stream, "scores").at(i);
    scores.push_back(-52 + std::round(random.uniform() * 65536) / 65536);
  }
  return scores;
}

TEST(Exposure, IsLog2OfTheControlsRowsLessThatOfTheRank) {
  // Among -4, -3, -2, -1: likelier than all, than two of them, than none.
  const auto values = exposures(
      {cell("held_out", 100, {-0.5, -2.5, -9}, 1), cell("control", 0, {-3, -1, -4, -2}, 1)});
  EXPECT_EQ(values[0].cell, Cell("held_out", "regular"));
  EXPECT_DOUBLE_EQ(values[0].items[0], 2);
  EXPECT_DOUBLE_EQ(values[0].items[1], 2 - std::log2(3));
  EXPECT_DOUBLE_EQ(values[0].items[2], 2 - std::log2(5));
  EXPECT_DOUBLE_EQ(values[0].value, (6 - std::log2(15)) / 3);
  // From the unlikeliest the ranks are 5, 3, 1; twice the smaller over 5 is 0.4, 1 (of 1.2), 0.4.
  EXPECT_DOUBLE_EQ(values[0].aggregates[0], (6 - std::log2(15)) / 3);
  EXPECT_DOUBLE_EQ(values[0].aggregates[1], 0.6);
  EXPECT_DOUBLE_EQ(values[0].aggregates[2], 2);
}

TEST(Exposure, TextThatWasPushedDownStandsOutFromBelow) {
  const auto values =
      exposures({cell("held_out", 100, {-90, -80}, 1), cell("control", 0, {-3, -1, -4, -2}, 1)});
  EXPECT_DOUBLE_EQ(values[0].value, 2 - std::log2(5));
  EXPECT_DOUBLE_EQ(values[0].aggregates[0], 2) << "as much as 4 rows can tell";
  EXPECT_DOUBLE_EQ(values[0].aggregates[1], 0.4);
}

TEST(Exposure, TiesCountAgainstARowOnBothSides) {
  const auto values =
      exposures({cell("held_out", 100, {-3}, 1), cell("control", 0, {-3, -3, -3, -3}, 1)});
  EXPECT_DOUBLE_EQ(values[0].value, 2 - std::log2(5));
  EXPECT_DOUBLE_EQ(values[0].aggregates[0], 2 - std::log2(5));
  EXPECT_DOUBLE_EQ(values[0].aggregates[1], 1);
}

TEST(Exposure, NoRowIsComparedWithOneOfTheSameSecret) {
  // The second of held_out is the control's second, whose others are -3, -4, -2.
  const auto values =
      exposures({cell("held_out", 0, {-9, -1}, 1), cell("control", 0, {-3, -1, -4, -2}, 1)});
  EXPECT_DOUBLE_EQ(values[0].items[1], std::log2(3));
  EXPECT_DOUBLE_EQ(values[1].items[1], std::log2(3));
  EXPECT_DOUBLE_EQ(values[1].items[0], std::log2(3) - std::log2(3));
  EXPECT_DOUBLE_EQ(values[1].value, std::log2(3) - std::log2(24) / 4) << "each rank once";
}

TEST(Exposure, EachCellHasTheControlOfItsOwnPrefix) {
  ProbeCell behind = cell("held_out", 100, {-2.5}, 3), control = cell("control", 0, {-9, -8}, 3);
  behind.cell.prefix = control.cell.prefix = "reverse";
  const auto values = exposures(
      {cell("held_out", 100, {-2.5}, 1), cell("control", 0, {-1, -2}, 1), behind, control});
  EXPECT_DOUBLE_EQ(values[0].value, 1 - std::log2(3));
  EXPECT_DOUBLE_EQ(values[2].value, 1);
}

TEST(Exposure, IsOnePointFourFourBitsWhereNothingWasTrained) {
  const ProbeFacts facts = Exposure::facts({});
  EXPECT_NEAR(*facts.chance, 1.442695, 1e-6);
  EXPECT_TRUE(facts.needs_control);
  const auto values = exposures({cell("held_out", 100'000, untrained(2000, 1), 1),
                                 cell("control", 0, untrained(4096, 2), 1)});
  // A row's exposure has a standard deviation of 1.44 bits: 0.032 in the mean of 2000.
  EXPECT_NEAR(values[0].value, *facts.chance, 0.13);
  EXPECT_NEAR(values[0].aggregates[0], *facts.find("low")->chance, 0.13);
  EXPECT_NEAR(values[0].aggregates[1], *facts.find("p")->chance, 0.03);
  EXPECT_DOUBLE_EQ(values[0].aggregates[2], 12);
  EXPECT_NEAR(values[1].value, *facts.chance, 0.01) << "the control's, by construction";
  for (const double bits : {1.0, 3.0, 5.0}) {
    const auto as_much = std::count_if(values[0].items.begin(), values[0].items.end(),
                                       [&](double item) { return item >= bits; });
    EXPECT_NEAR(static_cast<double>(as_much) / 2000, std::exp2(-bits), 0.045) << bits;
  }
}

TEST(Exposure, OfAControlOfOneRowIsASentence) {
  try {
    exposures({cell("control", 0, {-3}, 0)});
    FAIL() << "there is nothing to compare with";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the other rows of 'control' behind prefix 'regular', and "
                                        "there are none; give the probe more 'rows'"));
  }
}

TEST(Exposure, RefusesBeforeARunWhatItCouldNotRank) {
  const kit::TestContext context;
  const Exposure probe({}, context);
  EXPECT_THROW(probe.check({cell("control", 0, {-3}, 0)}, 28), Error);
  EXPECT_THROW(probe.check({cell("held_out", 5, {-1}, 1), cell("control", 5, {-3}, 1)}, 28), Error);
  EXPECT_NO_THROW(probe.check({cell("control", 0, {-3, -4}, 0)}, 28));
}

TEST(Exposure, WarnsOfAControlThatIsToldFromOtherSetsByItsSizeAlone) {
  const kit::TestContext context;
  const Exposure probe({}, context);
  const auto check = [&](size_t rows) {
    probe.check({cell("held_out", 1000, {-1}, 1), cell("control", 0, untrained(rows, 1), 1)}, 28);
  };
  check(64);
  EXPECT_TRUE(context.warnings.empty());
  check(3);
  // Of 3 others log2(3) - log2(24) / 4, of 2 of them 1 - log2(6) / 3.
  ASSERT_EQ(context.warnings.size(), 1u);
  EXPECT_THAT(context.warnings.front(), HasSubstr("the control has 3 rows, of which exposure is by "
                                                  "0.30 bits larger"));
}

TEST(Exposure, ACellWithoutItsControlIsAMistakeOfTheCaller) {
  EXPECT_THROW(exposures({ProbeCell{{"held_out", "regular"}, {row(1, -1)}}}), CheckError);
}

}  // namespace
}  // namespace leakprobe
