#include "lowest_logit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../chain_model.h"
#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Letters are 0, 1 and 2, the prefix is 3.
LowestLogit::Options three_letters() {
  LowestLogit::Options options;
  options.tokens = 3;
  return options;
}

Row row(std::vector<int64_t> secret) {
  Row made;
  made.tokens = {3};
  made.tokens.insert(made.tokens.end(), secret.begin(), secret.end());
  made.scored.assign(made.tokens.size(), 1);
  made.scored[0] = 0;
  made.secret = {1, static_cast<int64_t>(made.tokens.size())};
  return made;
}

/// Behind 0 the lowest is 1, behind 1 it is 2, behind 2 it is 0, behind the prefix 0 and 1. The
/// prefix itself is lower still, and no letter.
torch::Tensor table() {
  return torch::tensor(
      {{5.F, 1.F, 2.F, -9.F}, {5.F, 2.F, 1.F, -9.F}, {1.F, 5.F, 2.F, -9.F}, {1.F, 1.F, 2.F, -9.F}});
}

std::vector<ProbeValue> measured(const LowestLogit::Options& options,
                                 const std::vector<ProbeCell>& cells,
                                 const torch::Tensor& logits = table()) {
  ChainModel model(logits);
  return LowestLogit(options, kit::TestContext()).measure(model, cells);
}

std::vector<std::pair<double, double>> along(const ProbeValue& value) {
  std::vector<std::pair<double, double>> points;
  for (const auto& point : value.along) points.emplace_back(point.at, point.value);
  return points;
}

TEST(LowestLogit, IsTheShareOfPositionsWhoseTokenIsTheLowest) {
  const auto values = measured(
      three_letters(),
      {{{"a", "regular"}, {row({0, 1, 2, 0}), row({2, 1})}}, {{"b", "regular"}, {row({2, 2, 2})}}});
  EXPECT_EQ(values[0].cell, Cell("a", "regular"));
  EXPECT_THAT(values[0].items, ElementsAre(3.5 / 4, 0)) << "two are lowest behind the prefix";
  EXPECT_DOUBLE_EQ(values[0].value, 3.5 / 6);
  EXPECT_THAT(along(values[0]), ElementsAre(std::pair(1., .25), std::pair(2., .5),
                                            std::pair(3., 1.), std::pair(4., 1.)));
  EXPECT_EQ(values[1].value, 0);
}

TEST(LowestLogit, CountsFromAPositionOnAndShowsThoseBefore) {
  LowestLogit::Options options = three_letters();
  options.from = 3;
  const auto values = measured(options, {{{"a", "regular"}, {row({2, 2, 0})}}});
  EXPECT_EQ(values[0].value, 1);
  EXPECT_EQ(values[0].along.size(), 3u);
  options.from = 4;
  try {
    measured(options, {{{"a", "regular"}, {row({2, 2, 0})}}});
    FAIL() << "nothing is counted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "a secret of 'a' behind prefix 'regular' has no scored token from position 4 on; "
                 "lower 'from'");
  }
}

TEST(LowestLogit, OfARowWithCarrierTextTheSecretAloneCounts) {
  Row carried{{3, 0, 1, 2, 1}, {0, 1, 1, 1, 1}, {2, 4}, {}};
  const auto values = measured(three_letters(), {{{"a", "none"}, {carried}}});
  EXPECT_THAT(along(values[0]), ElementsAre(std::pair(1., 1.), std::pair(2., 1.)));
}

TEST(LowestLogit, WithoutAPrefixTheFirstLetterIsNotScored) {
  Row bare{{0, 1, 0}, {0, 1, 1}, {0, 3}, {}};
  const auto values = measured(three_letters(), {{{"a", "none"}, {bare}}});
  EXPECT_THAT(along(values[0]), ElementsAre(std::pair(2., 1.), std::pair(3., 0.)));
}

TEST(LowestLogit, IsOneInTheNumberOfLettersOfAFlatModel) {
  LowestLogit::Options options;
  options.tokens = 26;
  const auto values = measured(options, {{{"a", "none"}, {{{0, 25, 7}, {0, 1, 1}, {0, 3}, {}}}}},
                               torch::zeros({28, 28}));
  const ProbeFacts facts = LowestLogit::facts(options);
  EXPECT_DOUBLE_EQ(*facts.chance, 1. / 26);
  EXPECT_FLOAT_EQ(static_cast<float>(values[0].value), static_cast<float>(*facts.chance));
}

TEST(LowestLogit, IsOneInTheNumberOfLettersWhereNothingWasTrained) {
  LowestLogit::Options options;
  options.tokens = 26;
  options.from = 2;
  std::vector<ProbeCell> cells = {{{"a", "regular"}, {}}};
  for (uint64_t i = 0; i < 1000; ++i) {
    Random random = RandomStream(1, "letters").at(i);
    Row made{{26}, std::vector<uint8_t>(9, 1), {1, 9}, {}};
    made.scored[0] = 0;
    for (int t = 0; t < 8; ++t) made.tokens.push_back(static_cast<int64_t>(random.below(26)));
    cells[0].rows.push_back(made);
  }
  torch::Tensor logits = torch::empty({28, 28});
  RandomStream(2, "logits").fill_normal(logits, 0, 1);
  // 7000 letters of which one in 26 is the lowest, with a standard deviation of 0.0023.
  EXPECT_NEAR(measured(options, cells, logits)[0].value, 1. / 26, 0.01);
}

TEST(LowestLogit, WithABeamItsAggregateIsTheShareOfSecretsFound) {
  LowestLogit::Options options = three_letters();
  EXPECT_TRUE(LowestLogit::facts(options).aggregates.empty());
  options.beam = 1;
  EXPECT_NE(LowestLogit::facts(options).find("found"), nullptr);
  const auto values =
      measured(options, {{{"a", "regular"}, {row({0, 1, 2, 0}), row({2, 1})}},
                         {{"b", "regular"}, {row({0, 1}), row({1, 2, 0, 1}), row({2, 2})}}});
  EXPECT_THAT(values[0].aggregates, ElementsAre(0.5)) << "of 0 and 1 the first";
  EXPECT_THAT(values[1].aggregates, ElementsAre(1. / 3));
}

TEST(LowestLogit, ATokenBeyondTheAlphabetIsASentence) {
  try {
    measured(three_letters(), {{{"a", "regular"}, {row({0, 3})}}});
    FAIL() << "the prefix is no letter";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("a secret has the token 3, which is none of the alphabet's"));
  }
}

/// What is said before a run of probing these secrets by a model of `vocabulary` tokens.
std::string refusal(const LowestLogit::Options& options, const std::vector<Row>& rows,
                    std::optional<int64_t> vocabulary) {
  try {
    LowestLogit(options, kit::TestContext()).check({{{"a", "regular"}, rows}}, vocabulary);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(LowestLogit, RefusesBeforeARunWhatItCouldNotCount) {
  LowestLogit::Options options = three_letters();
  EXPECT_EQ(refusal(options, {row({0, 1, 2})}, 4), "");
  EXPECT_THAT(refusal(options, {row({0, 1}), row({3})}, 4), HasSubstr("the token 3"));
  EXPECT_EQ(refusal(options, {row({0, 1})}, std::nullopt), "");
  EXPECT_EQ(refusal(options, {row({0, 1})}, 2),
            "the alphabet has the token 2, and the model knows 2; lower 'tokens', or name in "
            "'letters' texts that the model knows");
  options.from = 3;
  EXPECT_THAT(refusal(options, {row({0, 1, 2}), row({0, 1})}, 4), HasSubstr("lower 'from'"));
}

TEST(LowestLogit, LettersAreTokensOfTheTokenizer) {
  EXPECT_EQ(LowestLogit::Options().size(), 26);
  EXPECT_EQ(LowestLogit::Options().letters.back(), " z");
  try {
    LowestLogit({}, kit::TestContext());
    FAIL() << "nobody knows their ids";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the model has no tokenizer"));
  }
}

TEST(LowestLogit, RefusesALetterThatStandsTwiceAndOneAlone) {
  const Schema<LowestLogit::Options> schema;
  const auto holds = [&](const std::vector<std::string>& letters) {
    LowestLogit::Options options;
    options.letters = letters;
    return schema.relations().at(0).holds(&options);
  };
  EXPECT_TRUE(holds({" a", " b"}));
  EXPECT_FALSE(holds({" a", " b", " a"}));
  EXPECT_FALSE(holds({" a"}));
}

}  // namespace
}  // namespace leakprobe
