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

/// A model whose log-probability of a token is minus the token, and that counts its rows.
struct Counting {
  int64_t rows = 0;
  Reference::Score score() {
    return [this](const std::vector<const Row*>& asked) {
      std::vector<float> values;
      for (const Row* one : asked) {
        ++rows;
        for (size_t t = 1; t < one->tokens.size(); ++t) {
          values.push_back(-static_cast<float>(one->tokens[t]));
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
  const torch::Tensor first = reference.log_probs({&a, &b, &a}, {true, false, true});
  EXPECT_TRUE(first.equal(torch::tensor({-1.0F, -2.0F, -3.0F, -1.0F, -2.0F})));
  EXPECT_EQ(model.rows, 2);
  const torch::Tensor second = reference.log_probs({&b, &a}, {false, true});
  EXPECT_TRUE(second.equal(torch::tensor({-3.0F, -1.0F, -2.0F})));
  EXPECT_EQ(model.rows, 3) << "b was not worth keeping, a was";
}

TEST(Reference, RowsThatDifferOnlyInWhatIsScoredAreDifferent) {
  Row a = row({0, 1, 2});
  Row b = a;
  b.scored[1] = 0;
  EXPECT_FALSE(key_of(a) == key_of(b));
}

TEST(Reference, RestoredValuesAreTheSavedBits) {
  Counting model;
  Reference reference(model.score());
  const Row a = row({0, 1, 2}), b = row({0, 3});
  reference.log_probs({&a, &b}, {true, true});
  const auto [keys, values] = reference.state();
  Reference restored(model.score());
  restored.restore(keys, values);
  EXPECT_TRUE(
      restored.log_probs({&b, &a}, {true, true}).equal(torch::tensor({-3.0F, -1.0F, -2.0F})));
  EXPECT_EQ(model.rows, 2) << "nothing was computed again";
}

}  // namespace
}  // namespace leakprobe
