#include "model/target_softmax.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/against_torch.h"

namespace leakprobe {
namespace {

using testing_support::relative_difference;

/// Five states with none, one and several targets, beginning in the middle of others' pairs.
Targets some_targets(int64_t vocabulary) {
  return Targets{
      at::tensor({4, 4, 5, 8, 8, 9}, torch::kInt64),
      at::tensor({int64_t{3}, int64_t{0}, vocabulary - 1, int64_t{5}, int64_t{7}}, torch::kInt64)};
}

/// The state of each of those pairs.
const std::vector<int64_t> kStates = {1, 2, 2, 2, 4};

torch::Tensor expected_values(const torch::Tensor& logits, const Targets& targets) {
  return at::log_softmax(logits.to(torch::kFloat64), 1)
      .index({torch::tensor(kStates, torch::kInt64), targets.tokens});
}

struct Found {
  torch::Tensor values, logsumexps;
};

Found by_kernels(const torch::Tensor& logits, const Targets& targets) {
  Found found{at::full({targets.pairs()}, 99.0f), at::full({targets.states()}, 99.0f)};
  log_softmax_at(logits, targets, found.values, found.logsumexps);
  return found;
}

Found by_torch(const torch::Tensor& logits, const Targets& targets) {
  Found found{at::full({targets.pairs()}, 99.0f), at::full({targets.states()}, 99.0f)};
  with_torch::log_softmax_at(logits, targets, found.values, found.logsumexps);
  return found;
}

class TargetSoftmax : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(19); }
};

TEST_F(TargetSoftmax, PartsOfTargetsKeepCountingAllPairs) {
  const Targets targets{at::tensor({0, 3, 4, 4, 8}, torch::kInt64),
                        at::tensor({2, 7, 40, 7, 0, 1, 2, 49}, torch::kInt64)};
  EXPECT_EQ(targets.states(), 4);
  EXPECT_EQ(targets.pairs(), 8);
  const Targets part = targets.part(1, 3);
  EXPECT_TRUE(at::equal(part.firsts, at::tensor({3, 4, 4, 8}, torch::kInt64)));
  EXPECT_TRUE(at::equal(part.tokens, at::tensor({7, 0, 1, 2, 49}, torch::kInt64)));
  EXPECT_EQ(part.states(), 3);
  EXPECT_EQ(part.pairs(), 5);
  const Targets of_a_part = part.part(1, 2);
  EXPECT_TRUE(at::equal(of_a_part.tokens, at::tensor({0, 1, 2, 49}, torch::kInt64)));
  EXPECT_EQ(targets.part(2, 1).pairs(), 0);
  const Targets each = Targets::each(at::tensor({5, 9}, torch::kInt64));
  EXPECT_TRUE(at::equal(each.firsts, at::tensor({0, 1, 2}, torch::kInt64)));
}

TEST_F(TargetSoftmax, LogitsOfAnyMagnitudeNeitherOverflowNorLoseDigits) {
  for (const int64_t vocabulary : {16, 37, 4099}) {
    // The largest in the first lanes, in the middle, and behind the last whole lanes.
    for (const int64_t largest : {int64_t{0}, vocabulary / 2, vocabulary - 1}) {
      for (const double offset : {-3e4, -400.0, 0.0, 400.0, 3e4}) {
        torch::Tensor logits = at::randn({5, vocabulary}) * 3;
        logits.select(1, largest).add_(150);
        logits.add_(offset);
        const Targets targets = some_targets(vocabulary);
        const torch::Tensor expected = expected_values(logits, targets);
        // To the digits that f32 logits of this magnitude have.
        const double tolerance = 1e-6 * (200 + std::abs(offset));
        for (const auto& way : {by_kernels, by_torch}) {
          const Found found = way(logits, targets);
          EXPECT_LT((found.values.to(torch::kFloat64) - expected).abs().max().item<double>(),
                    tolerance)
              << vocabulary << ", " << largest << ", " << offset;
          EXPECT_TRUE(at::isfinite(found.logsumexps).all().item<bool>());
        }
      }
    }
  }
}

TEST_F(TargetSoftmax, SumsOfLargeVocabulariesKeepTheirDigits) {
  // All alike: log-probabilities are known, and sums in f32 alone would drift.
  for (const int64_t vocabulary : {50'257, 200'003}) {
    const torch::Tensor logits = at::full({1, vocabulary}, 0.3f);
    const Targets target = Targets::each(at::tensor({17}, torch::kInt64));
    EXPECT_NEAR(by_kernels(logits, target).values.item<float>(),
                -std::log(static_cast<double>(vocabulary)), 2e-6);
  }
}

TEST_F(TargetSoftmax, ALogitThatIsNoFiniteNumberShowsInItsStateAlone) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
  for (const int64_t vocabulary : {32, 37}) {
    for (const int64_t where : {int64_t{1}, vocabulary - 2}) {
      for (const float bad : {kNothing, kInfinity}) {
        torch::Tensor logits = at::randn({5, vocabulary});
        logits[2][where] = bad;
        for (const auto& way : {by_kernels, by_torch}) {
          const Found found = way(logits, some_targets(vocabulary));
          const torch::Tensor finite = at::isfinite(found.values);
          EXPECT_TRUE(at::equal(finite, at::tensor({1, 0, 0, 0, 1}).to(torch::kBool)))
              << vocabulary << ", " << where << ", " << bad;
        }
      }
    }
  }
}

TEST_F(TargetSoftmax, ALogitOfMinusInfinityIsOfATokenThatCannotCome) {
  torch::Tensor logits = at::randn({5, 37});
  const torch::Tensor without = logits.narrow(1, 0, 30).contiguous();
  logits.narrow(1, 30, 7).fill_(-std::numeric_limits<float>::infinity());
  const Targets targets = some_targets(30);
  for (const auto& way : {by_kernels, by_torch}) {
    EXPECT_LT(relative_difference(way(logits, targets).values, expected_values(without, targets)),
              1e-6);
  }
}

TEST_F(TargetSoftmax, Bf16LogitsAreReadAsTheyAreInEveryFunction) {
  const Targets targets = some_targets(37);
  const torch::Tensor logits = (at::randn({5, 37}) * 3).to(torch::kBFloat16);
  const torch::Tensor same = logits.to(torch::kFloat32);
  const torch::Tensor scale = at::randn({5});
  const Found found = by_kernels(logits, targets);
  const Found exact = by_kernels(same, targets);
  EXPECT_TRUE(at::equal(found.values, exact.values));
  EXPECT_TRUE(at::equal(found.logsumexps, exact.logsumexps));
  const Found elsewhere = by_torch(logits, targets);
  EXPECT_LT(relative_difference(elsewhere.values, exact.values), 1e-6);

  const auto expect_rounded = [](const torch::Tensor& result, const torch::Tensor& expected) {
    EXPECT_EQ(result.scalar_type(), torch::kBFloat16);
    EXPECT_TRUE(at::allclose(result.to(torch::kFloat32), expected, 1.0 / 128, 1e-6));
  };
  const torch::Tensor gradients = logit_gradients(same.clone(), targets, exact.logsumexps, scale);
  expect_rounded(logit_gradients(logits.clone(), targets, exact.logsumexps, scale), gradients);
  expect_rounded(with_torch::logit_gradients(logits, targets, exact.logsumexps, scale), gradients);
  const torch::Tensor others = other_probabilities(same.clone(), targets, exact.logsumexps);
  expect_rounded(other_probabilities(logits.clone(), targets, exact.logsumexps), others);
  expect_rounded(with_torch::other_probabilities(logits, targets, exact.logsumexps), others);

  const torch::Tensor weight = at::randn({37, 21}).to(torch::kBFloat16);
  const torch::Tensor rest = at::randn({5, 21}).to(torch::kBFloat16);
  const torch::Tensor states = state_gradients(weight.to(torch::kFloat32), rest.to(torch::kFloat32),
                                               targets, exact.values, scale);
  for (const auto& way : {state_gradients, with_torch::state_gradients}) {
    const torch::Tensor result = way(weight, rest, targets, exact.values, scale);
    EXPECT_EQ(result.scalar_type(), torch::kFloat32);
    EXPECT_LT(relative_difference(result, states), 1e-6);
  }
}

TEST_F(TargetSoftmax, GradientsOfAStateSumToNothingAndAreNothingWithoutTargets) {
  for (const int64_t vocabulary : {28, 37, 5003}) {
    const Targets targets = some_targets(vocabulary);
    const torch::Tensor logits = at::randn({5, vocabulary}) * 3;
    const Found found = by_kernels(logits, targets);
    const torch::Tensor scale = at::tensor({2.0f, -1.0f, 0.5f, 3.0f, 1.0f});
    const torch::Tensor gradients =
        logit_gradients(logits.clone(), targets, found.logsumexps, scale);
    EXPECT_LT(gradients.to(torch::kFloat64).sum(1).abs().max().item<double>(), 1e-5);
    for (const int64_t without : {0, 3}) {
      EXPECT_EQ(gradients[without].abs().max().item<float>(), 0.0f) << without;
    }
    const torch::Tensor others =
        other_probabilities(logits.clone(), targets, found.logsumexps).to(torch::kFloat64);
    const torch::Tensor own = at::zeros({5}, torch::kFloat64)
                                  .index_add(0, torch::tensor(kStates, torch::kInt64),
                                             found.values.to(torch::kFloat64).exp());
    EXPECT_LT((others.sum(1) + own - 1).abs().max().item<double>(), 1e-5);
    EXPECT_EQ(others.index({torch::tensor(kStates, torch::kInt64), targets.tokens})
                  .abs()
                  .max()
                  .item<double>(),
              0);
  }
}

TEST_F(TargetSoftmax, EqualBitsForEveryNumberOfThreads) {
  const int64_t states = 200, vocabulary = 1003, width = 40;
  const torch::Tensor firsts = at::cat(
      {at::zeros({1}, torch::kInt64), at::randint(0, 4, {states}, torch::kInt64).cumsum(0)});
  std::vector<torch::Tensor> tokens;
  for (int64_t s = 0; s < states; ++s) {
    const int64_t count = (firsts[s + 1] - firsts[s]).item<int64_t>();
    tokens.push_back(at::randperm(vocabulary, torch::kInt64).narrow(0, 0, count));
  }
  const Targets targets{firsts, at::cat(tokens)};
  const torch::Tensor logits = at::randn({states, vocabulary}) * 3;
  const torch::Tensor weight = at::randn({vocabulary, width});
  const torch::Tensor rest = at::randn({states, width});
  const torch::Tensor scale = at::randn({targets.pairs()});
  const auto run = [&] {
    const Found found = by_kernels(logits, targets);
    return std::vector<torch::Tensor>{
        found.values, found.logsumexps,
        logit_gradients(logits.clone(), targets, found.logsumexps, scale),
        other_probabilities(logits.clone(), targets, found.logsumexps),
        state_gradients(weight, rest, targets, found.values, scale)};
  };
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const std::vector<torch::Tensor> one = run();
  at::set_num_threads(3);
  const std::vector<torch::Tensor> three = run();
  at::set_num_threads(threads);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], three[i])) << i;
}

}  // namespace
}  // namespace leakprobe
