#include "extraction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../chain_model.h"
#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

Row row(std::vector<int64_t> secret, int64_t prefix = 3) {
  Row made;
  made.tokens = {prefix};
  made.tokens.insert(made.tokens.end(), secret.begin(), secret.end());
  made.scored.assign(made.tokens.size(), 1);
  made.scored[0] = 0;
  made.secret = {1, static_cast<int64_t>(made.tokens.size())};
  return made;
}

std::vector<ProbeValue> measured(const Extraction::Options& options,
                                 const std::vector<ProbeCell>& cells, torch::Tensor logits) {
  ChainModel model(std::move(logits));
  return Extraction(options, kit::TestContext()).measure(model, cells);
}

/// Behind the prefix each of 0, 1 and 2 has a third; 0 is followed by 1, 1 by 2 and 2 by 0, each
/// with nine tenths.
torch::Tensor circle() {
  const float most = std::log(.9F), least = std::log(.05F), none = -1e9F;
  return torch::tensor({{least, most, least, none},
                        {least, least, most, none},
                        {most, least, least, none},
                        {0.F, 0.F, 0.F, none}});
}

/// A flat model of 26 letters, whose prefix 26 never comes.
torch::Tensor flat() {
  torch::Tensor logits = torch::zeros({27, 27});
  logits.select(1, 26).fill_(-1e9);
  return logits;
}

/// Rows of random letters, as those are that no training saw.
ProbeCell never_trained(size_t rows, size_t length) {
  ProbeCell cell{{"control", "regular"}, {}};
  for (uint64_t i = 0; i < rows; ++i) {
    Random random = RandomStream(1, "letters").at(i);
    std::vector<int64_t> letters;
    for (size_t t = 0; t < length; ++t) letters.push_back(static_cast<int64_t>(random.below(26)));
    cell.rows.push_back(row(letters, 26));
  }
  return cell;
}

TEST(Extraction, IsTheMeanOfTheLog2OfGuesses) {
  Extraction::Options options;
  options.greedy = false;
  const auto values = measured(
      options, {{{"a", "regular"}, {row({0, 1, 2}), row({2, 2})}}, {{"b", "regular"}, {row({1})}}},
      circle());
  // ln 0.5 / ln(1 - 0.27) is 2.2, / ln(1 - 1/60) is 41.2, / ln(1 - 1/3) is 1.7.
  EXPECT_EQ(values[0].cell, Cell("a", "regular"));
  EXPECT_THAT(values[0].items,
              ElementsAre(DoubleNear(std::log2(3), 1e-9), DoubleNear(std::log2(42), 1e-9)));
  EXPECT_NEAR(values[0].value, (std::log2(3) + std::log2(42)) / 2, 1e-9);
  EXPECT_THAT(values[0].aggregates, ElementsAre(DoubleNear(std::log2(3), 1e-9)));
  EXPECT_NEAR(values[1].value, 1, 1e-9);
}

TEST(Extraction, OfAContextIsThatOfTheRest) {
  Extraction::Options options;
  options.greedy = false;
  options.context = 1;
  options.probability = 0.99;
  const auto values = measured(options, {{{"a", "regular"}, {row({0, 1, 2})}}}, circle());
  EXPECT_NEAR(values[0].value, std::log2(3), 1e-9) << "0.81: 0.99 after 2.8";
  options.context = 3;
  try {
    measured(options, {{{"a", "regular"}, {row({0, 1, 2})}}}, circle());
    FAIL() << "nothing is left";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "a secret of 'a' behind prefix 'regular' has no scored token behind the first 3; "
                 "lower 'context'");
  }
}

TEST(Extraction, WithoutAPrefixTheFirstLetterIsGiven) {
  Extraction::Options options;
  options.greedy = false;
  const Row bare{{0, 1, 2}, {0, 1, 1}, {0, 3}, {}},
      with_text{{2, 0, 1, 2, 2}, {0, 1, 1, 1, 1}, {1, 4}, {}};
  const auto values = measured(options, {{{"a", "none"}, {bare, with_text}}}, circle());
  EXPECT_NEAR(values[0].items[0], 0, 1e-9) << "0.81: one guess";
  EXPECT_NEAR(values[0].items[1], 0, 1e-9) << "0.729: what stands behind the secret does not count";
}

TEST(Extraction, AtAnotherTemperatureIsThatOfTheScaledLogits) {
  Extraction::Options options;
  options.greedy = false;
  options.temperature = 2;
  const std::vector<ProbeCell> cells = {{{"a", "regular"}, {row({0, 0, 0, 0}), row({2, 2})}}};
  const auto tempered = measured(options, cells, circle());
  options.temperature = 1;
  const auto scaled = measured(options, cells, circle() / 2);
  EXPECT_NEAR(tempered[0].items[0], scaled[0].items[0], 1e-5);
  EXPECT_LT(tempered[0].value, measured(options, cells, circle())[0].value)
      << "what is unlikely comes sooner";
}

TEST(Extraction, GreedyTextIsComparedWithItsSecretAndWithOthers) {
  Extraction::Options options;
  options.context = 1;
  const auto values = measured(
      options, {{{"a", "regular"}, {row({0, 1, 2}), row({1, 2, 0}), row({2, 2, 2})}}}, circle());
  // Behind 0, 1 and 2 it is 1 2, 2 0 and 0 1: all of the first two, 1 token of the third's by the
  // second.
  const ProbeFacts facts = Extraction::facts(options);
  ASSERT_EQ(values[0].aggregates.size(), facts.aggregates.size());
  EXPECT_EQ(facts.aggregates[1].name, "greedy");
  EXPECT_NEAR(values[0].aggregates[1], 4. / 3, 1e-9);
  EXPECT_NEAR(values[0].aggregates[2], 4. / 3 - 1. / 6, 1e-9);
  EXPECT_NEAR(values[0].aggregates[3], 2. / 3, 1e-9);
}

TEST(Extraction, WhereNothingWasTrainedTakes3e22GuessesAndNoGreedyTextIsAnybodys) {
  const ProbeFacts facts = Extraction::facts({});
  EXPECT_EQ(facts.unit, "log2 guesses");
  const auto values = measured({}, {never_trained(2000, 16)}, flat());
  EXPECT_NEAR(values[0].value, std::log2(3.0e22), 0.03);
  EXPECT_NEAR(values[0].aggregates[0], values[0].value, 1e-9) << "all alike";
  // 1/26 + 1/26^2 + ... = 1/25 tokens, with a standard deviation of 0.0046 over 2000 rows.
  EXPECT_NEAR(values[0].aggregates[1], 0.04, 0.02);
  EXPECT_NEAR(values[0].aggregates[2], *facts.find("greedy_excess")->chance, 1e-9);
  EXPECT_EQ(values[0].aggregates[3], 0);
}

TEST(Extraction, WithNearItsAggregateIsThatOfTextsWithinOneToken) {
  Extraction::Options options;
  options.greedy = false;
  options.near = 25;
  const auto values = measured(options, {never_trained(3, 4)}, flat());
  // 1 + 4 x 25 texts.
  EXPECT_EQ(Extraction::facts(options).aggregates[1].name, "near");
  EXPECT_NEAR(values[0].aggregates[1], values[0].value - std::log2(101), 0.01);
}

TEST(Extraction, RefusesBeforeARunWhatItCouldNotMeasure) {
  Extraction::Options options;
  const auto check = [&](std::vector<Row> rows) {
    Extraction(options, kit::TestContext()).check({{{"a", "regular"}, std::move(rows)}}, 4);
  };
  EXPECT_NO_THROW(check({row({0, 1}), row({0, 2})}));
  EXPECT_THROW(check({row({0, 1}), row({0, 1})}), Error) << "one secret alone";
  options.greedy = false;
  EXPECT_NO_THROW(check({row({0, 1})}));
  options.context = 2;
  EXPECT_THROW(check({row({0, 1, 2}), row({0, 1})}), Error) << "the second is known altogether";
}

TEST(Extraction, OfOneSecretAloneGreedyTextHasNothingToCompareWith) {
  try {
    measured({}, {{{"a", "regular"}, {row({0, 1, 2})}}}, circle());
    FAIL() << "there is no other secret";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "extraction compares greedy text with the other secrets of 'a' behind prefix "
                 "'regular', and there is one alone; give the probe more 'rows', or write greedy: "
                 "false");
  }
}

}  // namespace
}  // namespace leakprobe
