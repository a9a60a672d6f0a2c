#include "model/head.h"

#include <gtest/gtest.h>

#include "leakprobe/error.h"
#include "model/against_torch.h"
#include "model/products.h"

namespace leakprobe {
namespace {

using testing_support::expect_like_torch;
using testing_support::relative_difference;
using testing_support::Tensors;

class HeadTest : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(11); }
  ForwardContext exact_{Compute::float32};
  ForwardContext rounded_{Compute::bfloat16};
};

torch::Tensor plain(const torch::Tensor& hidden, const torch::Tensor& weight,
                    const torch::Tensor& bias, const torch::Tensor& targets) {
  const auto shift = bias.defined() ? std::optional(bias) : std::nullopt;
  return at::log_softmax(at::linear(hidden, weight, shift), 1)
      .gather(1, targets.unsqueeze(1))
      .squeeze(1);
}

TEST_F(HeadTest, MatchesLogSoftmaxInValuesAndEveryGradient) {
  for (const int64_t vocabulary : {1, 28, 96, 5003}) {
    const torch::Tensor targets = at::randint(vocabulary, {37}, torch::kInt64);
    const Tensors inputs = {at::randn({37, 24}), at::randn({vocabulary, 24}),
                            at::randn({vocabulary})};
    expect_like_torch(
        [&](const Tensors& in) {
          return target_logprobs(exact_, in[0], Head{in[1], in[2]}, targets);
        },
        [&](const Tensors& in) { return plain(in[0], in[1], in[2], targets); }, inputs, 3e-6);
  }
}

TEST_F(HeadTest, FrozenHeadGivesTheSameGradientInTheHiddenStates) {
  const torch::Tensor targets = at::randint(300, {50}, torch::kInt64);
  const torch::Tensor weight = at::randn({300, 24});
  expect_like_torch(
      [&](const Tensors& in) {
        return target_logprobs(exact_, in[0], Head{weight, {}}, targets);
      },
      [&](const Tensors& in) { return plain(in[0], weight.to(in[0].scalar_type()), {}, targets); },
      {at::randn({50, 24})}, 3e-6);
}

TEST_F(HeadTest, TrainedHeadOnFrozenStatesGetsItsGradient) {
  const torch::Tensor targets = at::randint(30, {50}, torch::kInt64);
  const torch::Tensor hidden = at::randn({50, 24});
  expect_like_torch(
      [&](const Tensors& in) {
        return target_logprobs(exact_, hidden, Head{in[0], {}}, targets);
      },
      [&](const Tensors& in) { return plain(hidden.to(in[0].scalar_type()), in[0], {}, targets); },
      {at::randn({30, 24})}, 3e-6);
}

TEST_F(HeadTest, PartsOfALargeBatchAddUp) {
  // More than 128 MiB of f32 logits, so that they are computed again in the backward pass.
  const int64_t rows = 1000;
  const int64_t vocabulary = 50'000;
  const torch::Tensor targets = at::randint(vocabulary, {rows}, torch::kInt64);
  const Tensors inputs = {at::randn({rows, 8}), at::randn({vocabulary, 8})};
  expect_like_torch(
      [&](const Tensors& in) {
        return target_logprobs(exact_, in[0], Head{in[1], {}}, targets);
      },
      [&](const Tensors& in) { return plain(in[0], in[1], {}, targets); }, inputs, 5e-6);
}

/// Targets of states, none to three each, all different.
Targets different_targets(int64_t states, int64_t vocabulary) {
  std::vector<int64_t> firsts = {0}, tokens;
  for (int64_t state = 0; state < states; ++state) {
    for (int64_t k = 0; k < state % 4; ++k) {
      tokens.push_back((state * 7919 + k * 104'729) % vocabulary);
    }
    firsts.push_back(static_cast<int64_t>(tokens.size()));
  }
  return {torch::tensor(firsts, torch::kInt64), torch::tensor(tokens, torch::kInt64)};
}

TEST_F(HeadTest, PartsOfSeveralTargetsAStateAreThoseOfSmallBatches) {
  constexpr int64_t kVocabulary = 400'000;
  const torch::Tensor weight = at::randn({kVocabulary, 4});
  const torch::Tensor bias = at::randn({kVocabulary});
  struct Found {
    Tensors values, hidden;
    torch::Tensor weight, bias;
  };
  struct Way {
    const ForwardContext* forward;
    bool frozen;
    int64_t states, batch;
  };
  // 83 states have 128 MiB of logits in f32, 167 in bf16.
  for (const Way& way :
       {Way{&exact_, false, 90, 45}, {&exact_, true, 90, 45}, {&rounded_, false, 174, 87}}) {
    // Without instructions for it a bf16 product of this size takes seconds.
    if (way.forward == &rounded_ && !takes_ordered_weights(torch::kCPU)) continue;
    const torch::Tensor hidden = at::randn({way.states, 4});
    const Targets targets = different_targets(way.states, kVocabulary);
    const torch::Tensor scale = at::randn({targets.pairs()});
    const auto run = [&](int64_t batch) {
      Found found;
      const torch::Tensor w = weight.detach().clone().requires_grad_(!way.frozen);
      const torch::Tensor b = bias.detach().clone().requires_grad_(!way.frozen);
      int64_t first = 0;
      for (int64_t begin = 0; begin < way.states; begin += batch) {
        const torch::Tensor x = hidden.narrow(0, begin, batch).clone().requires_grad_();
        const Targets own = targets.part(begin, batch);
        const torch::Tensor values = target_logprobs(*way.forward, x, Head{w, b}, own);
        (values * scale.narrow(0, first, own.pairs())).sum().backward();
        first += own.pairs();
        found.values.push_back(values.detach());
        found.hidden.push_back(x.grad());
      }
      found.weight = w.grad();
      found.bias = b.grad();
      return found;
    };
    const Found whole = run(way.states);
    const Found small = run(way.batch);
    const double tolerance = way.forward == &exact_ ? 5e-6 : 0.02;
    EXPECT_LT(relative_difference(whole.values[0], at::cat(small.values)), tolerance);
    EXPECT_LT(relative_difference(whole.hidden[0], at::cat(small.hidden)), tolerance);
    EXPECT_EQ(whole.weight.defined(), !way.frozen);
    if (way.frozen) continue;
    EXPECT_LT(relative_difference(whole.weight, small.weight), tolerance);
    EXPECT_LT(relative_difference(whole.bias, small.bias), tolerance);
  }
}

TEST_F(HeadTest, ABiasThatAloneIsTrainedGetsItsGradient) {
  const torch::Tensor targets = at::randint(30, {50}, torch::kInt64);
  const torch::Tensor hidden = at::randn({50, 24});
  const torch::Tensor weight = at::randn({30, 24});
  const auto head = [&](const torch::Tensor& x, const torch::Tensor& bias) {
    return target_logprobs(exact_, x, Head{weight, bias}, targets);
  };
  const auto definition = [&](const torch::Tensor& x, const torch::Tensor& bias) {
    return plain(x.to(bias.scalar_type()), weight.to(bias.scalar_type()), bias, targets);
  };
  expect_like_torch([&](const Tensors& in) { return head(hidden, in[0]); },
                    [&](const Tensors& in) { return definition(hidden, in[0]); }, {at::randn({30})},
                    3e-6);
  expect_like_torch([&](const Tensors& in) { return head(in[0], in[1]); },
                    [&](const Tensors& in) { return definition(in[0], in[1]); },
                    {hidden, at::randn({30})}, 3e-6);
}

TEST_F(HeadTest, FrozenHeadWithABiasGivesTheSameGradientInTheHiddenStates) {
  const torch::Tensor targets = at::randint(300, {50}, torch::kInt64);
  const torch::Tensor weight = at::randn({300, 24}), bias = at::randn({300}) * 3;
  expect_like_torch(
      [&](const Tensors& in) {
        return target_logprobs(exact_, in[0], Head{weight, bias}, targets);
      },
      [&](const Tensors& in) {
        const auto type = in[0].scalar_type();
        return plain(in[0], weight.to(type), bias.to(type), targets);
      },
      {at::randn({50, 24})}, 3e-6);
}

TEST_F(HeadTest, ATemperatureDividesTheLogitsInValuesAndEveryGradient) {
  const torch::Tensor targets = at::randint(96, {37}, torch::kInt64);
  for (const double temperature : {0.3, 1.0, 2.5}) {
    const auto ours = [&](const torch::Tensor& hidden, const Head& given) {
      const Tempered tempered = at_temperature(hidden, given, temperature);
      return target_logprobs(exact_, tempered.hidden, tempered.head, targets);
    };
    const auto formula = [&](const Tensors& in, const torch::Tensor& bias) {
      return plain(in[0] / temperature, in[1],
                   bias.defined() ? bias / temperature : torch::Tensor(), targets);
    };
    const Tensors inputs = {at::randn({37, 24}), at::randn({96, 24}), at::randn({96})};
    expect_like_torch(
        [&](const Tensors& in) {
          return ours(in[0], {in[1], in[2]});
        },
        [&](const Tensors& in) { return formula(in, in[2]); }, inputs, 5e-6);
    expect_like_torch(
        [&](const Tensors& in) {
          return ours(in[0], {in[1], {}});
        },
        [&](const Tensors& in) { return formula(in, {}); }, {inputs[0], inputs[1]}, 5e-6);
  }
}

TEST_F(HeadTest, AtTemperature1NothingIsComputed) {
  const torch::Tensor hidden = at::randn({3, 4});
  const Head head{at::randn({5, 4}), at::randn({5})};
  const Tempered same = at_temperature(hidden, head, 1);
  EXPECT_TRUE(same.hidden.is_same(hidden));
  EXPECT_TRUE(same.head.weight.is_same(head.weight) && same.head.bias.is_same(head.bias));
  EXPECT_THROW(at_temperature(hidden, head, 0), CheckError);
}

TEST_F(HeadTest, TheBiasAtATemperatureIsNeverThatOfAnEarlierCall) {
  const torch::Tensor hidden = at::randn({20, 24}), weight = at::randn({96, 24});
  const torch::Tensor bias = at::randn({96}), targets = at::randint(96, {20}, torch::kInt64);
  const auto values = [&](const ForwardContext& forward, double temperature) {
    const Tempered tempered = at_temperature(hidden, {weight, bias}, temperature);
    return target_logprobs(forward, tempered.hidden, tempered.head, targets);
  };
  for (int time = 0; time < 5; ++time) {
    for (const double temperature : {2.5, 0.3, 1.0, 2.5}) {
      const ForwardContext fresh(Compute::bfloat16);
      EXPECT_TRUE(values(rounded_, temperature).equal(values(fresh, temperature)));
    }
    bias.add_(1 + at::randn({96}));
  }
}

TEST_F(HeadTest, NoStatesHaveNoLogProbabilitiesAndAGradientOfNothing) {
  const Head head{at::randn({5, 4}).requires_grad_(), {}};
  const torch::Tensor hidden = at::empty({0, 4}).requires_grad_();
  const torch::Tensor none = target_logprobs(rounded_, hidden, head, at::empty({0}, torch::kInt64));
  EXPECT_EQ(none.sizes(), at::IntArrayRef({0}));
  EXPECT_EQ(none.scalar_type(), torch::kFloat32);
  none.sum().backward();
  EXPECT_EQ(hidden.grad().sizes(), hidden.sizes());
}

TEST_F(HeadTest, WhatDoesNotLieInOnePieceIsReadAsItIs) {
  const torch::Tensor hidden = at::randn({24, 37});
  const torch::Tensor weight = at::randn({24, 60});
  const torch::Tensor tokens = at::randint(60, {37, 2}, torch::kInt64);
  const torch::Tensor strided = tokens.select(1, 1);
  EXPECT_LT(relative_difference(target_logprobs(exact_, hidden.t(), Head{weight.t(), {}}, strided),
                                plain(hidden.t().to(torch::kFloat64),
                                      weight.t().to(torch::kFloat64), {}, strided.contiguous())),
            2e-6);
}

TEST_F(HeadTest, MisuseIsAProgrammersError) {
  const Head head{at::randn({5, 4}), {}};
  const torch::Tensor hidden = at::randn({2, 4});
  const auto ask = [&](const torch::Tensor& states, const torch::Tensor& targets) {
    return target_logprobs(exact_, states, head, targets);
  };
  const torch::Tensor two = at::tensor({1, 2}, torch::kInt64);
  EXPECT_NO_THROW(ask(hidden, two));
  EXPECT_THROW(ask(at::randn({2, 5}), two), CheckError);
  EXPECT_THROW(ask(at::randn({1, 2, 4}), two), CheckError);
  EXPECT_THROW(ask(hidden, at::tensor({1, 2, 3}, torch::kInt64)), CheckError);
  EXPECT_THROW(ask(hidden, at::tensor({1, 2}, torch::kInt32)), CheckError);
}

TEST_F(HeadTest, TheProbedHeadOfABfloat16ModelIsAnF32ProductInGradientsToo) {
  const ForwardContext probed(rounded_, Compute::float32);
  const torch::Tensor targets = at::randint(300, {50}, torch::kInt64);
  expect_like_torch(
      [&](const Tensors& in) {
        return target_logprobs(probed, in[0], Head{in[1], {}}, targets);
      },
      [&](const Tensors& in) { return plain(in[0], in[1], {}, targets); },
      {at::randn({50, 24}), at::randn({300, 24})}, 3e-6);
}

TEST_F(HeadTest, Bfloat16RoundsLogitsButNotTheLogSoftmax) {
  const torch::Tensor targets = at::randint(300, {64}, torch::kInt64);
  const torch::Tensor hidden = at::randn({64, 32});
  const torch::Tensor weight = at::randn({300, 32}) * 0.3;
  const torch::Tensor logits =
      at::linear(hidden.to(torch::kBFloat16), weight.to(torch::kBFloat16)).to(torch::kFloat64);
  const torch::Tensor expected =
      at::log_softmax(logits, 1).gather(1, targets.unsqueeze(1)).squeeze(1);
  const torch::Tensor found = target_logprobs(rounded_, hidden, Head{weight, {}}, targets);
  EXPECT_EQ(found.scalar_type(), torch::kFloat32);
  EXPECT_LT(relative_difference(found, expected), 1e-6);
}

TEST_F(HeadTest, Bfloat16GradientsFollowTheExactOnes) {
  const torch::Tensor targets = at::randint(300, {64}, torch::kInt64);
  const Tensors inputs = {at::randn({64, 32}), at::randn({300, 32}) * 0.3};
  const torch::Tensor outer = at::randn({64});
  const auto run = [&](const ForwardContext& forward, bool frozen) {
    return testing_support::values_and_gradients(
        [&](const Tensors& in) {
          return target_logprobs(forward, in[0], Head{frozen ? inputs[1] : in[1], {}}, targets);
        },
        frozen ? Tensors{inputs[0]} : inputs, outer, torch::kFloat32);
  };
  for (const bool frozen : {false, true}) {
    const Tensors exact = run(exact_, frozen);
    const Tensors rounded = run(rounded_, frozen);
    for (size_t i = 0; i < exact.size(); ++i) {
      EXPECT_LT(relative_difference(rounded[i], exact[i]), 0.02) << i;
    }
  }
}

TEST_F(HeadTest, ValuesDoNotDependOnWhetherGradientsAreOn) {
  const torch::Tensor targets = at::randint(60, {40}, torch::kInt64);
  const torch::Tensor hidden = at::randn({40, 16}).requires_grad_();
  const torch::Tensor weight = at::randn({60, 16}).requires_grad_();
  for (const ForwardContext* forward : {&exact_, &rounded_}) {
    const torch::Tensor on = target_logprobs(*forward, hidden, Head{weight, {}}, targets).detach();
    const at::NoGradGuard no_gradients;
    EXPECT_TRUE(at::equal(on, target_logprobs(*forward, hidden, Head{weight, {}}, targets)));
  }
}

TEST_F(HeadTest, TheGradientMayBeAskedForTwice) {
  const torch::Tensor targets = at::randint(60, {40}, torch::kInt64);
  const torch::Tensor hidden = at::randn({40, 16}).requires_grad_();
  const torch::Tensor weight = at::randn({60, 16}).requires_grad_();
  const torch::Tensor sum = target_logprobs(exact_, hidden, Head{weight, {}}, targets).sum();
  sum.backward({}, true);
  const torch::Tensor once = weight.grad().clone();
  weight.mutable_grad().reset();
  sum.backward();
  EXPECT_LT(relative_difference(weight.grad(), once), 1e-6);
}

TEST_F(HeadTest, LikelyTargetsKeepTheDigitsOfTheirGradient) {
  const torch::Tensor weight = at::tensor({12.0f, 0.0f, 0.0f}).view({3, 1});
  const torch::Tensor hidden = at::ones({1, 1}).requires_grad_();
  target_logprobs(exact_, hidden, Head{weight, {}}, at::zeros({1}, torch::kInt64)).sum().backward();
  const double p = 1.0 / (1.0 + 2.0 * std::exp(-12.0));
  EXPECT_NEAR(hidden.grad().item<double>() / (12.0 * (1.0 - p)), 1.0, 0.02);
}

TEST_F(HeadTest, SeveralTargetsOfAStateAreLikeTheStateSeveralTimes) {
  const Targets targets{at::tensor({0, 3, 4, 4, 8}, torch::kInt64),
                        at::tensor({2, 7, 40, 7, 0, 1, 2, 49}, torch::kInt64)};
  const torch::Tensor states = at::tensor({0, 0, 0, 1, 3, 3, 3, 3}, torch::kInt64);
  const Tensors inputs = {at::randn({4, 24}), at::randn({50, 24}), at::randn({50})};
  expect_like_torch(
      [&](const Tensors& in) {
        return target_logprobs(exact_, in[0], Head{in[1], in[2]}, targets);
      },
      [&](const Tensors& in) {
        return plain(in[0].index_select(0, states), in[1], in[2], targets.tokens);
      },
      inputs, 3e-6);
  expect_like_torch(
      [&](const Tensors& in) {
        return target_logprobs(exact_, in[0], Head{inputs[1], {}}, targets);
      },
      [&](const Tensors& in) {
        return plain(in[0].index_select(0, states), inputs[1].to(in[0].scalar_type()), {},
                     targets.tokens);
      },
      {inputs[0]}, 3e-6);
}

TEST_F(HeadTest, OtherDevicesOperationsAgreeWithTheKernels) {
  const Targets targets{at::tensor({0, 3, 4, 4, 8}, torch::kInt64),
                        at::tensor({2, 7, 40, 7, 0, 1, 2, 49}, torch::kInt64)};
  const torch::Tensor logits = at::randn({4, 50}) * 3;
  const torch::Tensor scale = at::randn({8});
  const torch::Tensor weight = at::randn({50, 24});
  torch::Tensor values = at::empty({8}), logsumexps = at::empty({4});
  torch::Tensor other_values = at::empty({8}), other_normalisers = at::empty({4});
  log_softmax_at(logits, targets, values, logsumexps);
  with_torch::log_softmax_at(logits, targets, other_values, other_normalisers);
  EXPECT_LT(relative_difference(other_values, values), 1e-6);
  EXPECT_LT(relative_difference(other_normalisers, logsumexps), 1e-6);
  EXPECT_LT(relative_difference(with_torch::logit_gradients(logits, targets, logsumexps, scale),
                                logit_gradients(logits.clone(), targets, logsumexps, scale)),
            1e-6);
  const torch::Tensor rest = other_probabilities(logits.clone(), targets, logsumexps);
  EXPECT_LT(relative_difference(with_torch::other_probabilities(logits, targets, logsumexps), rest),
            1e-6);
  const torch::Tensor others = at::mm(rest, weight);
  EXPECT_LT(relative_difference(with_torch::state_gradients(weight, others, targets, values, scale),
                                state_gradients(weight, others, targets, values, scale)),
            1e-6);
}

TEST_F(HeadTest, ATargetOutsideTheVocabularyIsNamed) {
  const Head head{at::randn({5, 4}), {}};
  try {
    target_logprobs(exact_, at::randn({2, 4}), head, at::tensor({1, 5}, torch::kInt64));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "token 5 is outside the model's vocabulary of 5; rows and model must have one "
                 "tokenizer");
  }
}

TEST_F(HeadTest, LogitsOfProbesAreExactAndHaveTheBiasInThem) {
  const torch::Tensor hidden = at::randn({9, 16}).requires_grad_();
  const torch::Tensor weight = at::randn({60, 16}).requires_grad_();
  const torch::Tensor product =
      at::linear(hidden.detach().to(torch::kFloat64), weight.detach().to(torch::kFloat64));
  const torch::Tensor logits = head_logits(exact_, hidden, Head{weight, {}});
  EXPECT_LT(relative_difference(logits, product), 1e-6);
  EXPECT_FALSE(logits.requires_grad());
  const torch::Tensor bias = at::randn({60}) * 3;
  EXPECT_LT(relative_difference(head_logits(exact_, hidden, Head{weight, bias}),
                                product + bias.to(torch::kFloat64)),
            1e-6);
}

}  // namespace
}  // namespace leakprobe
