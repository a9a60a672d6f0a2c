#include "model/split_product.h"

#include <gtest/gtest.h>

#include <cmath>

#include "leakprobe/error.h"
#include "model/against_torch.h"
#include "model/head.h"

namespace leakprobe {
namespace {

using testing_support::relative_difference;

/// What a log-probability may be off by, in nats, where logits have a standard deviation of 5: half
/// a bit of the 16 that two terms have, of numbers which that many bits make.
constexpr double kMostNats = 3e-4;
constexpr double kMeanNats = 4e-5;

TEST(SplitNumbers, TwoTermsHaveSixteenBitsOfANumber) {
  for (const int64_t size : {1, 15, 16, 37, 100'003}) {
    const torch::Tensor x = at::randn({1, size}) * 7;
    const SplitNumbers split = split_numbers(x);
    EXPECT_TRUE(at::equal(split.high, x.to(torch::kBFloat16)));
    const torch::Tensor sum = split.high.to(torch::kFloat64) + split.low.to(torch::kFloat64);
    const torch::Tensor numbers = x.to(torch::kFloat64);
    EXPECT_LE(((sum - numbers) / numbers).abs().max().item<double>(), std::exp2(-16)) << size;
  }
}

TEST(SplitNumbers, WhatIsBf16AlreadyLeavesNothing) {
  const torch::Tensor x = at::randn({3, 40}).to(torch::kBFloat16).to(torch::kFloat32);
  EXPECT_EQ(split_numbers(x).low.count_nonzero().item<int64_t>(), 0);
}

TEST(SplitNumbers, StandOfAMatrixThatIsNotContiguous) {
  const torch::Tensor x = at::randn({40, 3});
  const SplitNumbers split = split_numbers(x.t());
  const SplitNumbers same = split_numbers(x.t().contiguous());
  EXPECT_TRUE(at::equal(split.high, same.high));
  EXPECT_TRUE(at::equal(split.low, same.low));
}

/// Split products in use, whatever the processor, where LibTorch's library has them.
class SplitProduct : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_split_products()) GTEST_SKIP() << "LibTorch's library has no split products";
    at::manual_seed(5);
    set_split_products(true);
  }
  void TearDown() override { set_split_products(usual_); }

  ForwardContext exact_{Compute::float32};
  ForwardContext trained_{Compute::bfloat16};
  ForwardContext probed_{trained_, Compute::float32};

 private:
  const bool usual_ = uses_split_products();
};

torch::Tensor product_of(const torch::Tensor& x, const torch::Tensor& weight) {
  return split_product(split_numbers(x), split_numbers(weight));
}

torch::Tensor exact_product(const torch::Tensor& x, const torch::Tensor& weight) {
  return at::linear(x.to(torch::kFloat64), weight.to(torch::kFloat64));
}

/// How far log-probabilities of all tokens are from those of the f64 product, in nats.
torch::Tensor nats_off(const torch::Tensor& logits, const torch::Tensor& exact) {
  return (at::log_softmax(logits.to(torch::kFloat64), 1) - at::log_softmax(exact, 1)).abs();
}

TEST_F(SplitProduct, OfSmallIntegersIsExactWhateverTheShape) {
  for (const int64_t rows : {1, 2, 7, 65}) {
    for (const int64_t width : {1, 5, 64}) {
      for (const int64_t columns : {1, 3, 130}) {
        const auto integers = [&](int64_t n) {
          return at::randint(-300, 301, {n, width}, torch::kInt64).to(torch::kFloat32);
        };
        const torch::Tensor x = integers(rows);
        // Within 8 bits: then nothing is left out.
        const torch::Tensor weight = at::fmod(integers(columns), 100);
        EXPECT_TRUE(at::equal(product_of(x, weight).to(torch::kFloat64), exact_product(x, weight)))
            << rows << ", " << width << ", " << columns;
        EXPECT_TRUE(at::equal(product_of(weight, x).to(torch::kFloat64), exact_product(weight, x)))
            << rows << ", " << width << ", " << columns;
      }
    }
  }
}

TEST_F(SplitProduct, LogProbabilitiesAreNearThoseOfExactProductsAndFarNearerThanRounded) {
  const int64_t width = 512;
  const torch::Tensor x = at::randn({64, width});
  const torch::Tensor weight = at::randn({5000, width}) * (5 / std::sqrt(double(width)));
  const torch::Tensor exact = exact_product(x, weight);
  const torch::Tensor split = nats_off(product_of(x, weight), exact);
  EXPECT_LT(split.max().item<double>(), kMostNats);
  EXPECT_LT(split.mean().item<double>(), kMeanNats);
  const torch::Tensor rounded =
      nats_off(at::linear(x.to(torch::kBFloat16), weight.to(torch::kBFloat16)), exact);
  EXPECT_GT(rounded.mean().item<double>(), 100 * split.mean().item<double>());
}

TEST_F(SplitProduct, NeedsTheLowTermsOfBoth) {
  const torch::Tensor x = at::randn({64, 512});
  const torch::Tensor weight = at::randn({500, 512}) * 0.2;
  const torch::Tensor exact = exact_product(x, weight);
  const double both = relative_difference(product_of(x, weight), exact);
  for (const bool of_x : {true, false}) {
    SplitNumbers states = split_numbers(x), head = split_numbers(weight);
    (of_x ? states : head).low.zero_();
    EXPECT_GT(relative_difference(split_product(states, head), exact), 20 * both) << of_x;
  }
}

TEST_F(SplitProduct, HasTheSameBitsEachTimeAndRowsThatDoNotMix) {
  const torch::Tensor weight = at::randn({600, 96});
  const torch::Tensor x = at::randn({96, 96});
  const torch::Tensor all = product_of(x, weight);
  EXPECT_TRUE(at::equal(product_of(x, weight), all));
  const torch::Tensor reversed = product_of(x.flip(0), weight).flip(0);
  EXPECT_LT(relative_difference(reversed, all), 1e-6);
}

TEST_F(SplitProduct, OfNothingIsEmpty) {
  EXPECT_EQ(product_of(at::empty({0, 8}), at::randn({5, 8})).sizes(), at::IntArrayRef({0, 5}));
}

TEST_F(SplitProduct, RefusesTermsThatAreNotTwoMatricesOfOneWidth) {
  const SplitNumbers x = split_numbers(at::randn({4, 8}));
  EXPECT_THROW(split_product(x, split_numbers(at::randn({5, 7}))), CheckError);
  EXPECT_THROW(split_product(x, {x.high, x.low.narrow(0, 0, 3)}), CheckError);
  EXPECT_THROW(split_product(x, {at::randn({4, 8}), x.low}), CheckError);
  EXPECT_THROW(split_product({x.high.t(), x.low.t()}, {x.high.t(), x.low.t()}), CheckError);
}

TEST_F(SplitProduct, HeadOfProbesInBfloat16UsesItForLogProbabilitiesAndLogits) {
  const at::NoGradGuard no_gradients;
  const torch::Tensor x = at::randn({64, 256});
  const Head head{at::randn({900, 256}) * (5.0 / 16), at::randn({900})};
  const torch::Tensor exact = exact_product(x, head.weight) + head.bias.to(torch::kFloat64);
  const torch::Tensor targets = at::randint(900, {64}, torch::kInt64);
  const torch::Tensor expected =
      at::log_softmax(exact, 1).gather(1, targets.unsqueeze(1)).squeeze(1);

  const torch::Tensor log_probs = target_logprobs(probed_, x, head, targets);
  EXPECT_LT((log_probs.to(torch::kFloat64) - expected).abs().max().item<double>(), kMostNats);
  const torch::Tensor logits = head_logits(probed_, x, head);
  EXPECT_TRUE(at::equal(logits, product_of(x, head.weight) + head.bias));
  EXPECT_LT(nats_off(logits, exact).max().item<double>(), kMostNats);

  set_split_products(false);
  EXPECT_FALSE(at::equal(head_logits(probed_, x, head), logits));
  EXPECT_TRUE(at::equal(head_logits(probed_, x, head), head_logits(exact_, x, head)));
  EXPECT_TRUE(at::equal(target_logprobs(probed_, x, head, targets),
                        target_logprobs(exact_, x, head, targets)));
}

TEST_F(SplitProduct, NeitherFloat32RunsNorTrainingUseIt) {
  const torch::Tensor x = at::randn({64, 256}).requires_grad_();
  const Head head{at::randn({900, 256}).requires_grad_(), {}};
  const torch::Tensor targets = at::randint(900, {64}, torch::kInt64);
  const auto everything = [&] {
    std::vector<torch::Tensor> found;
    for (const ForwardContext* forward : {&exact_, &trained_, &probed_}) {
      torch::Tensor values = target_logprobs(*forward, x, head, targets);
      values.sum().backward();
      found.insert(found.end(), {values.detach(), x.grad().clone(), head.weight.grad().clone()});
      x.mutable_grad().reset();
      head.weight.mutable_grad().reset();
    }
    const at::NoGradGuard no_gradients;
    for (const ForwardContext* forward : {&exact_, &trained_}) {
      found.push_back(target_logprobs(*forward, x, head, targets));
    }
    found.push_back(head_logits(exact_, x, head));
    return found;
  };
  const std::vector<torch::Tensor> on = everything();
  set_split_products(false);
  const std::vector<torch::Tensor> off = everything();
  for (size_t i = 0; i < on.size(); ++i) EXPECT_TRUE(at::equal(on[i], off[i])) << i;
}

TEST_F(SplitProduct, FollowsAWeightThatChanges) {
  const torch::Tensor x = at::randn({8, 64});
  const torch::Tensor weight = at::randn({50, 64});
  for (int change = 0; change < 3; ++change) {
    EXPECT_TRUE(at::equal(head_logits(probed_, x, Head{weight, {}}), product_of(x, weight)))
        << change;
    weight.add_(at::randn({50, 64}));
    // Training makes the bf16 copy anew before a probe asks.
    if (change == 1) trained_.as_type(weight, torch::kBFloat16);
  }
}

TEST_F(SplitProduct, SharesTheRoundedCopyOfTheWeightWithTraining) {
  const torch::Tensor weight = at::randn({50, 64});
  const torch::Tensor rounded = trained_.as_type(weight, torch::kBFloat16);
  const SplitNumbers split = probed_.split(weight);
  EXPECT_TRUE(split.high.is_same(rounded));
  EXPECT_TRUE(probed_.split(weight).low.is_same(split.low));
}

TEST_F(SplitProduct, PartsOfALargeBatchAreThoseOfTheWhole) {
  const at::NoGradGuard no_gradients;
  // More than 128 MiB of f32 logits.
  const torch::Tensor x = at::randn({1000, 16});
  const Head head{at::randn({50'000, 16}), {}};
  const torch::Tensor targets = at::randint(50'000, {1000}, torch::kInt64);
  EXPECT_LT((target_logprobs(probed_, x, head, targets) - target_logprobs(exact_, x, head, targets))
                .abs()
                .max()
                .item<double>(),
            kMostNats);
}

}  // namespace
}  // namespace leakprobe
