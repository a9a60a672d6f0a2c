#include "step/reference.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

Row row(std::vector<int64_t> tokens) {
  Row row;
  row.scored.assign(tokens.size(), 1);
  row.scored[0] = 0;
  row.tokens = std::move(tokens);
  return row;
}

/// A model whose log-probability of a token is minus the token over the temperature, and that
/// counts its rows.
struct Counting {
  int64_t rows = 0;
  Reference::Score score() {
    return [this](const std::vector<const Row*>& asked, double temperature) {
      std::vector<float> values;
      for (const Row* one : asked) {
        ++rows;
        for (size_t t = 1; t < one->tokens.size(); ++t) {
          values.push_back(-static_cast<float>(one->tokens[t]) / static_cast<float>(temperature));
        }
      }
      return torch::tensor(values);
    };
  }
};

TEST(Reference, RepeatedRowsAreComputedOnceAndHaveTheLiveValues) {
  Counting model;
  Reference reference(model.score());
  const Row a = row({0, 1, 2}), b = row({0, 3});
  const torch::Tensor first = reference.log_probs({&a, &b, &a}, {true, false, true}, 1);
  EXPECT_TRUE(first.equal(torch::tensor({-1.0F, -2.0F, -3.0F, -1.0F, -2.0F})));
  EXPECT_EQ(model.rows, 2);
  const torch::Tensor second = reference.log_probs({&b, &a}, {false, true}, 1);
  EXPECT_TRUE(second.equal(torch::tensor({-3.0F, -1.0F, -2.0F})));
  EXPECT_EQ(model.rows, 3) << "b was not worth keeping, a was";
}

TEST(Reference, RowsThatDifferOnlyInWhatIsScoredAreDifferent) {
  Row a = row({0, 1, 2});
  Row b = a;
  b.scored[1] = 0;
  EXPECT_FALSE(key_of(a, 1) == key_of(b, 1));
}

TEST(Reference, ARowHasValuesOfItsOwnAtEachTemperature) {
  Counting model;
  Reference reference(model.score());
  const Row a = row({0, 1, 2});
  const auto values = [&](Reference& from, double temperature) {
    return from.log_probs({&a}, {true}, temperature);
  };
  const torch::Tensor at_1 = torch::tensor({-1.0F, -2.0F}), at_2 = torch::tensor({-0.5F, -1.0F});
  EXPECT_TRUE(values(reference, 1).equal(at_1));
  EXPECT_TRUE(values(reference, 2).equal(at_2));
  EXPECT_TRUE(values(reference, 1).equal(at_1));
  EXPECT_EQ(model.rows, 2) << "each is kept";
  const auto [keys, kept] = reference.state();
  Reference restored(model.score());
  restored.restore(keys, kept);
  EXPECT_TRUE(values(restored, 2).equal(at_2));
  EXPECT_TRUE(values(restored, 1).equal(at_1));
  EXPECT_EQ(model.rows, 2);
}

TEST(Reference, RestoredValuesAreTheSavedBits) {
  Counting model;
  Reference reference(model.score());
  const Row a = row({0, 1, 2}), b = row({0, 3});
  reference.log_probs({&a, &b}, {true, true}, 1);
  const auto [keys, values] = reference.state();
  Reference restored(model.score());
  restored.restore(keys, values);
  EXPECT_TRUE(
      restored.log_probs({&b, &a}, {true, true}, 1).equal(torch::tensor({-3.0F, -1.0F, -2.0F})));
  EXPECT_EQ(model.rows, 2) << "nothing was computed again";
}

}  // namespace
}  // namespace leakprobe
