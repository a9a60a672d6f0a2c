#include "leakprobe/ops.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "leakprobe/error.h"
#include "model/against_torch.h"
#include "model/products.h"

namespace leakprobe {
namespace {

using testing_support::expect_like_torch;
using testing_support::relative_difference;
using testing_support::Tensors;
using torch::indexing::Slice;

class Ops : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(7); }
  ForwardContext exact_{Compute::float32};
  ForwardContext rounded_{Compute::bfloat16};
};

torch::Tensor randn(at::IntArrayRef shape) { return at::randn(shape, torch::kFloat32); }

TEST_F(Ops, LinearMatchesTorchInEveryGradientWithEitherLibrary) {
  const ProductLibrary usual = product_library();
  for (const ProductLibrary library : {ProductLibrary::blas, ProductLibrary::onednn}) {
    set_product_library(library);
    for (const int64_t width : {5, 48}) {
      expect_like_torch([&](const Tensors& in) { return ops::linear(exact_, in[0], in[1], in[2]); },
                        [](const Tensors& in) { return at::linear(in[0], in[1], in[2]); },
                        {randn({3, 7, width}), randn({11, width}), randn({11})});
    }
  }
  set_product_library(usual);
}

TEST_F(Ops, JoinedLinearMapsAreTheSameMapsSideBySide) {
  expect_like_torch(
      [&](const Tensors& in) {
        return ops::linear(exact_, in[0], {{in[1], in[3]}, {in[2], in[4]}});
      },
      [](const Tensors& in) {
        return at::cat({at::linear(in[0], in[1], in[3]), at::linear(in[0], in[2], in[4])}, -1);
      },
      {randn({2, 5, 16}), randn({8, 16}), randn({4, 16}), randn({8}), randn({4})});
}

TEST_F(Ops, LinearComputesNoGradientForFrozenWeights) {
  const torch::Tensor x = randn({2, 3, 8}).requires_grad_();
  const torch::Tensor frozen = randn({4, 8});
  const torch::Tensor trained = randn({4, 8}).requires_grad_();
  ops::linear(exact_, x, {{frozen}, {trained}}).sum().backward();
  EXPECT_FALSE(frozen.grad().defined());
  EXPECT_TRUE(trained.grad().defined());
  EXPECT_TRUE(x.grad().defined());
}

TEST_F(Ops, ChangedWeightsAreCastAgain) {
  torch::Tensor weight = randn({4, 8});
  const torch::Tensor x = randn({1, 2, 8});
  const torch::Tensor before = ops::linear(rounded_, x, weight);
  const torch::Tensor cast = rounded_.as_type(weight, torch::kBFloat16);
  EXPECT_TRUE(rounded_.as_type(weight, torch::kBFloat16).is_same(cast));
  weight.mul_(2);
  EXPECT_FALSE(rounded_.as_type(weight, torch::kBFloat16).is_same(cast));
  EXPECT_TRUE(at::equal(ops::linear(rounded_, x, weight), before * 2));
}

TEST_F(Ops, BackwardUsesTheWeightsThatForwardUsed) {
  const torch::Tensor x = randn({1, 2, 8}).requires_grad_();
  torch::Tensor weight = randn({4, 8}).to(torch::kBFloat16).to(torch::kFloat32);
  const torch::Tensor expected = weight.sum(0).expand({1, 2, 8}).to(torch::kBFloat16);
  const torch::Tensor earlier = ops::linear(rounded_, x, weight);
  weight.zero_();
  ops::linear(rounded_, x, weight);
  earlier.sum().backward();
  EXPECT_TRUE(at::equal(x.grad().to(torch::kBFloat16), expected));
}

TEST_F(Ops, ACopyThatNobodyNeedsIsWrittenOver) {
  torch::Tensor weight = randn({4, 8});
  const void* place = rounded_.as_type(weight, torch::kBFloat16).data_ptr();
  weight.mul_(2);
  const torch::Tensor copy = rounded_.as_type(weight, torch::kBFloat16);
  EXPECT_EQ(copy.data_ptr(), place);
  EXPECT_TRUE(at::equal(copy, weight.to(torch::kBFloat16)));
}

TEST_F(Ops, LargeRoundedWeightsFollowTheirChanges) {
  torch::Tensor weight = randn({768, 768});
  torch::Tensor bias = randn({768});
  const torch::Tensor x = randn({3, 40, 768});
  for (int change = 0; change < 3; ++change) {
    const torch::Tensor expected =
        at::linear(x.to(torch::kBFloat16), weight.to(torch::kBFloat16), bias.to(torch::kBFloat16));
    for (int use = 0; use < 3; ++use) {
      EXPECT_TRUE(at::allclose(ops::linear(rounded_, x, weight, bias), expected, 1.0 / 128, 0.01))
          << "use " << use << " after change " << change;
    }
    weight.mul_(1.5);
    bias.mul_(1.5);
  }
}

TEST_F(Ops, NothingIsKeptOfWeightsThatAreGone) {
  const torch::Tensor x = randn({1, 2, 8});
  torch::Tensor computed = randn({4, 8});
  const c10::weak_intrusive_ptr<c10::TensorImpl> earlier(computed.getIntrusivePtr());
  ops::linear(rounded_, x, computed);
  computed = randn({4, 8});
  ops::linear(rounded_, x, computed);
  EXPECT_TRUE(earlier.expired());
}

TEST_F(Ops, LayerNormMatchesTorch) {
  for (const int64_t width : {16, 48, 50, 7}) {
    expect_like_torch(
        [&](const Tensors& in) { return ops::layer_norm(exact_, in[0], in[1], in[2], 1e-5); },
        [&](const Tensors& in) { return at::layer_norm(in[0], {width}, in[1], in[2], 1e-5); },
        {randn({3, 40, width}) * 3 + 1, randn({width}), randn({width})}, 4e-6);
  }
}

TEST_F(Ops, RmsNormMatchesTorch) {
  for (const int64_t width : {16, 50}) {
    expect_like_torch([&](const Tensors& in) { return ops::rms_norm(exact_, in[0], in[1], 1e-5); },
                      [](const Tensors& in) {
                        return in[0] * (in[0].square().mean(-1, true) + 1e-5).rsqrt() * in[1];
                      },
                      {randn({3, 40, width}) * 2, randn({width})}, 4e-6);
  }
}

TEST_F(Ops, NormsKeepSmallVariancesBesideLargeMeans) {
  const torch::Tensor x = randn({1, 4, 64}) * 0.01 + 100;
  const torch::Tensor one = at::ones({64});
  const torch::Tensor expected =
      at::layer_norm(x.to(torch::kFloat64), {64}, one.to(torch::kFloat64),
                     at::zeros({64}, torch::kFloat64), 1e-12);
  EXPECT_LT(relative_difference(ops::layer_norm(exact_, x, one, at::zeros({64}), 1e-12), expected),
            2e-3);
}

TEST_F(Ops, GeluIsTheExactOne) {
  expect_like_torch(
      [&](const Tensors& in) { return ops::gelu(exact_, in[0]); },
      [](const Tensors& in) { return in[0] * 0.5 * (1 + at::erf(in[0] / std::sqrt(2.0))); },
      {randn({2, 3, 40}) * 3});
}

TEST_F(Ops, SwigluMatchesTorch) {
  for (const int64_t width : {16, 19}) {
    expect_like_torch([&](const Tensors& in) { return ops::swiglu(exact_, in[0]); },
                      [&](const Tensors& in) {
                        const auto halves = in[0].chunk(2, -1);
                        return halves[0] * at::sigmoid(halves[0]) * halves[1];
                      },
                      {randn({2, 3, 2 * width}) * 4});
  }
}

TEST_F(Ops, SwigluOfExtremeGatesIsFinite) {
  const torch::Tensor x =
      at::tensor({-200.0f, -90.0f, 90.0f, 200.0f, 1.0f, 1.0f, 1.0f, 1.0f}).view({1, 1, 8});
  const torch::Tensor leaf = x.clone().requires_grad_();
  const torch::Tensor y = ops::swiglu(exact_, leaf);
  y.sum().backward();
  EXPECT_TRUE(at::isfinite(y).all().item<bool>());
  EXPECT_TRUE(at::isfinite(leaf.grad()).all().item<bool>());
  EXPECT_FLOAT_EQ(y[0][0][3].item<float>(), 200.0f);
}

TEST_F(Ops, AddPutsOneOrTwoBranchesOnTheStream) {
  expect_like_torch([&](const Tensors& in) { return ops::add(exact_, in[0], in[1], in[2]); },
                    [](const Tensors& in) { return in[0] + in[1] + in[2]; },
                    {randn({2, 3, 21}), randn({2, 3, 21}), randn({2, 3, 21})});
  expect_like_torch([&](const Tensors& in) { return ops::add(exact_, in[0], in[1]); },
                    [](const Tensors& in) { return in[0] + in[1]; },
                    {randn({2, 3, 21}), randn({2, 3, 21})});
}

TEST_F(Ops, EmbeddingMatchesTorch) {
  const torch::Tensor tokens = at::tensor({1, 3, 3, 0}, torch::kInt64).view({2, 2});
  expect_like_torch([&](const Tensors& in) { return ops::embedding(exact_, tokens, in[0]); },
                    [&](const Tensors& in) { return at::embedding(in[0], tokens); },
                    {randn({5, 6})});
}

TEST_F(Ops, EmbeddingNamesATokenThatTheModelDoesNotKnow) {
  const torch::Tensor weight = randn({5, 6});
  const auto embed = [&](int64_t token) {
    ops::embedding(exact_, at::tensor({int64_t{1}, token}, torch::kInt64), weight);
  };
  EXPECT_NO_THROW(embed(4));
  for (const int64_t unknown : {-1, 5}) {
    try {
      embed(unknown);
      FAIL() << unknown;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), "token " + std::to_string(unknown) +
                                  " is outside the model's vocabulary of 5; rows and model must "
                                  "have one tokenizer");
    }
  }
}

/// Attention by its definition, in the tensors' own type.
torch::Tensor plain_attention(const torch::Tensor& query, const torch::Tensor& key,
                              const torch::Tensor& value, const ops::Rotary& rotary) {
  const int64_t tokens = query.size(1);
  const int64_t half = rotary.dimensions / 2;
  const auto options = query.options().requires_grad(false);
  const torch::Tensor angles = at::outer(
      at::arange(tokens, options),
      at::pow(rotary.theta, at::arange(half, options) *
                                (-2.0 / static_cast<double>(std::max<int64_t>(2 * half, 1)))));
  const auto turn = [&](const torch::Tensor& x) {
    const torch::Tensor cosine = angles.cos().unsqueeze(1);
    const torch::Tensor sine = angles.sin().unsqueeze(1);
    const torch::Tensor low = x.narrow(3, 0, half);
    const torch::Tensor high = x.narrow(3, half, half);
    return at::cat({low * cosine - high * sine, high * cosine + low * sine,
                    x.narrow(3, 2 * half, x.size(3) - 2 * half)},
                   3)
        .transpose(1, 2);
  };
  const int64_t group = query.size(2) / key.size(2);
  const torch::Tensor keys = turn(key).repeat_interleave(group, 1);
  const torch::Tensor values = value.transpose(1, 2).repeat_interleave(group, 1);
  torch::Tensor scores =
      at::matmul(turn(query), keys.transpose(2, 3)) / std::sqrt(static_cast<double>(query.size(3)));
  const torch::Tensor later = at::ones({tokens, tokens}, torch::kBool).triu(1);
  scores = scores.masked_fill(later, -INFINITY);
  return at::matmul(at::softmax(scores, -1), values).transpose(1, 2).flatten(2);
}

struct AttentionCase {
  int64_t rows, tokens, heads, key_value_heads, head_size, rotated;
};

class Attention : public Ops, public ::testing::WithParamInterface<AttentionCase> {};

TEST_P(Attention, MatchesItsDefinitionApartAndJoined) {
  const AttentionCase c = GetParam();
  const ops::Rotary rotary{c.rotated, 10000.0};
  const Tensors parts = {randn({c.rows, c.tokens, c.heads, c.head_size}),
                         randn({c.rows, c.tokens, c.key_value_heads, c.head_size}),
                         randn({c.rows, c.tokens, c.key_value_heads, c.head_size})};
  const auto definition = [&](const Tensors& in) {
    return plain_attention(in[0], in[1], in[2], rotary);
  };
  expect_like_torch(
      [&](const Tensors& in) {
        return ops::rotary_attention(exact_, 0, in[0], in[1], in[2], rotary);
      },
      definition, parts, 4e-6);
  expect_like_torch(
      [&](const Tensors& in) {
        const ops::Heads heads{c.heads, c.key_value_heads, c.head_size};
        const torch::Tensor joined =
            at::cat({in[0].flatten(2), in[1].flatten(2), in[2].flatten(2)}, 2);
        return ops::rotary_attention(exact_, 0, joined, heads, rotary);
      },
      definition, parts, 4e-6);
  if (c.heads != c.key_value_heads) return;
  expect_like_torch(
      [&](const Tensors& in) {
        const ops::Heads heads{c.heads, c.heads, c.head_size, ops::Heads::Order::by_head};
        const torch::Tensor joined = at::cat({in[0], in[1], in[2]}, 3).flatten(2);
        return ops::rotary_attention(exact_, 0, joined, heads, rotary);
      },
      definition, parts, 4e-6);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Attention,
    ::testing::Values(AttentionCase{2, 16, 4, 4, 64, 16}, AttentionCase{3, 12, 4, 2, 12, 12},
                      AttentionCase{1, 1, 2, 1, 8, 2}, AttentionCase{2, 17, 3, 3, 32, 8},
                      AttentionCase{2, 33, 6, 2, 20, 0}, AttentionCase{1, 128, 2, 2, 16, 4},
                      AttentionCase{1, 150, 4, 2, 16, 16}));

/// Rows of which some share beginnings, one nothing of its own, and one a group of its own.
RowLayout shared_rows(int64_t longest) {
  const std::vector<std::pair<int64_t, int64_t>> sizes = {{0, 9}, {4, 9}, {2, longest}, {0, 7},
                                                          {7, 7}, {3, 5}, {0, longest}};
  std::vector<RowPath> rows;
  int64_t node = 0;
  for (const auto& [first, length] : sizes) {
    rows.push_back({first, length, node});
    node += length - first;
  }
  return RowLayout(std::move(rows), 3);
}

TEST_F(Ops, AttentionOfRowsThatShareBeginningsIsThatOfEachRowAlone) {
  const ops::Rotary rotary{8, 10000.0};
  for (const int64_t longest : {11, 140}) {
    const auto layout = c10::make_intrusive<RowLayout>(shared_rows(longest));
    const ForwardContext packed(exact_, layout);
    const auto by_row = [&](const torch::Tensor& nodes) {
      return nodes.flatten(0, 1)
          .index_select(0, layout->node_table(torch::kCPU))
          .view({-1, longest, nodes.size(2), nodes.size(3)});
    };
    expect_like_torch(
        [&](const Tensors& in) {
          return ops::rotary_attention(packed, 0, in[0], in[1], in[2], rotary);
        },
        [&](const Tensors& in) {
          return plain_attention(by_row(in[0]), by_row(in[1]), by_row(in[2]), rotary)
              .flatten(0, 1)
              .index_select(0, layout->places(torch::kCPU))
              .unsqueeze(0);
        },
        {randn({1, layout->nodes(), 4, 12}), randn({1, layout->nodes(), 2, 12}),
         randn({1, layout->nodes(), 2, 12})},
        4e-6);
  }
}

TEST_F(Ops, AttentionKeepsAnglesOfEachThetaApart) {
  const Tensors parts = {randn({2, 9, 2, 16}), randn({2, 9, 2, 16}), randn({2, 9, 2, 16})};
  for (const double theta : {10000.0, 500.0, 10000.0}) {
    const ops::Rotary rotary{8, theta};
    expect_like_torch(
        [&](const Tensors& in) {
          return ops::rotary_attention(exact_, 0, in[0], in[1], in[2], rotary);
        },
        [&](const Tensors& in) { return plain_attention(in[0], in[1], in[2], rotary); }, parts,
        4e-6);
  }
}

TEST_F(Ops, AttentionReadsHeadsThatDoNotLieInOnePiece) {
  const ops::Rotary rotary{4, 10000.0};
  for (const int64_t tokens : {9, 140}) {  // ours, and LibTorch's
    expect_like_torch(
        [&](const Tensors& in) {
          return ops::rotary_attention(exact_, 0, in[0].transpose(1, 2), in[1].transpose(1, 2),
                                       in[2].transpose(1, 2), rotary);
        },
        [&](const Tensors& in) {
          return plain_attention(in[0].transpose(1, 2), in[1].transpose(1, 2),
                                 in[2].transpose(1, 2), rotary);
        },
        {randn({2, 4, tokens, 12}), randn({2, 2, tokens, 12}), randn({2, 2, tokens, 12})}, 4e-6);
  }
}

TEST_F(Ops, LongRowsInBfloat16FollowTheExactOnes) {
  const torch::Tensor joined = randn({2, 140, 3 * 48});
  const ops::Heads heads{4, 4, 12, ops::Heads::Order::by_head};
  const torch::Tensor exact = ops::rotary_attention(exact_, 0, joined, heads, {4, 10000.0});
  const torch::Tensor rounded =
      ops::rotary_attention(rounded_, 0, joined.to(torch::kBFloat16), heads, {4, 10000.0});
  EXPECT_EQ(rounded.scalar_type(), torch::kBFloat16);
  EXPECT_LT(relative_difference(rounded, exact), 0.02);
}

TEST_F(Ops, AttentionSeesNothingThatComesLater) {
  torch::Tensor x = randn({1, 16, 96});
  const ops::Heads heads{4, 4, 8, ops::Heads::Order::by_head};
  const torch::Tensor before = ops::rotary_attention(exact_, 0, x, heads, {8, 10000.0});
  x.narrow(1, 9, 7).fill_(1e3);
  const torch::Tensor after = ops::rotary_attention(exact_, 0, x, heads, {8, 10000.0});
  EXPECT_TRUE(at::equal(before.narrow(1, 0, 9), after.narrow(1, 0, 9)));
}

TEST_F(Ops, Bfloat16RoundsResultsOfProductsOnly) {
  const torch::Tensor x = randn({2, 16, 96});
  const torch::Tensor weight = randn({96});
  const torch::Tensor norm = ops::layer_norm(rounded_, x, weight, weight, 1e-5);
  EXPECT_TRUE(
      at::equal(norm, ops::layer_norm(exact_, x, weight, weight, 1e-5).to(torch::kBFloat16)));
  EXPECT_EQ(ops::layer_norm(rounded_, x, weight, weight, 1e-5, ops::Norm::final).scalar_type(),
            torch::kFloat32);
  const torch::Tensor matrix = randn({288, 96});
  const torch::Tensor product = ops::linear(rounded_, norm, matrix);
  EXPECT_EQ(product.scalar_type(), torch::kBFloat16);
  const ops::Heads heads{4, 4, 24, ops::Heads::Order::by_head};
  const torch::Tensor context = ops::rotary_attention(rounded_, 0, product, heads, {6, 10000.0});
  EXPECT_TRUE(at::equal(
      context, ops::rotary_attention(exact_, 0, product.to(torch::kFloat32), heads, {6, 10000.0})
                   .to(torch::kBFloat16)));
  const torch::Tensor stream = ops::add(rounded_, x, context);
  EXPECT_TRUE(at::equal(stream, x + context.to(torch::kFloat32)));
}

TEST_F(Ops, Bfloat16GradientsFollowTheExactOnes) {
  const torch::Tensor x = randn({2, 16, 48});
  const Tensors weights = {randn({48}), randn({48}), randn({144, 48}) * 0.2, randn({48, 48}) * 0.2};
  const auto block = [](const ForwardContext& forward, const Tensors& in) {
    const torch::Tensor inner = ops::layer_norm(forward, in[0], in[1], in[2], 1e-5);
    const ops::Heads heads{4, 4, 12, ops::Heads::Order::by_head};
    const torch::Tensor context =
        ops::rotary_attention(forward, 0, ops::linear(forward, inner, in[3]), heads, {4, 10000.0});
    return ops::add(forward, in[0], ops::linear(forward, context, in[4]));
  };
  const Tensors inputs = {x, weights[0], weights[1], weights[2], weights[3]};
  const torch::Tensor outer = randn({2, 16, 48});
  const auto run = [&](const ForwardContext& forward) {
    return testing_support::values_and_gradients(
        [&](const Tensors& in) { return block(forward, in); }, inputs, outer, torch::kFloat32);
  };
  const Tensors exact = run(exact_);
  const Tensors rounded = run(rounded_);
  for (size_t i = 0; i < exact.size(); ++i) {
    EXPECT_EQ(rounded[i].scalar_type(), torch::kFloat32);
    EXPECT_LT(relative_difference(rounded[i], exact[i]), 0.02) << i;
  }
}

TEST_F(Ops, EqualBitsForEveryNumberOfThreads) {
  const int threads = at::get_num_threads();
  const auto run = [&] {
    at::manual_seed(3);
    const Tensors inputs = {randn({64, 16, 192}), randn({192}), randn({192})};
    const ops::Heads heads{4, 4, 16, ops::Heads::Order::by_head};
    return testing_support::values_and_gradients(
        [&](const Tensors& in) {
          return ops::rotary_attention(
              exact_, 0, ops::layer_norm(exact_, in[0], in[1], in[2], 1e-5), heads, {4, 10000.0});
        },
        inputs, randn({64, 16, 64}), torch::kFloat32);
  };
  at::set_num_threads(1);
  const Tensors one = run();
  at::set_num_threads(2);
  const Tensors two = run();
  at::set_num_threads(threads);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], two[i])) << i;
}

TEST_F(Ops, MisuseIsAProgrammersError) {
  EXPECT_THROW(ops::linear(exact_, randn({1, 2, 8}), randn({4, 9})), CheckError);
  EXPECT_THROW(ops::add(exact_, randn({1, 2, 8}), randn({1, 2, 4})), CheckError);
  EXPECT_THROW(
      ops::linear(exact_, randn({1, 2, 8}), {{randn({4, 8}), randn({4})}, {randn({4, 8})}}),
      CheckError);
  EXPECT_THROW(ops::linear(exact_, randn({1, 2, 8}), std::vector<ops::Affine>{}), CheckError);
  const auto attend = [&](int64_t width, const ops::Heads& heads, int64_t rotated) {
    return ops::rotary_attention(exact_, 0, randn({1, 2, width}), heads, {rotated, 10000.0});
  };
  using Order = ops::Heads::Order;
  EXPECT_NO_THROW(attend(64, {4, 2, 8}, 8));
  EXPECT_THROW(attend(8, {2, 2, 8}, 0), CheckError);
  EXPECT_THROW(attend(56, {3, 2, 8}, 0), CheckError);
  EXPECT_THROW(attend(0, {0, 0, 8}, 0), CheckError);
  EXPECT_THROW(attend(64, {4, 2, 8, Order::by_head}, 0), CheckError);
  EXPECT_THROW(attend(64, {4, 2, 8}, 10), CheckError);
  EXPECT_THROW(attend(64, {4, 2, 8}, -2), CheckError);
  const auto apart = [&](at::IntArrayRef key, at::IntArrayRef value) {
    return ops::rotary_attention(exact_, 0, randn({2, 3, 4, 8}), randn(key), randn(value), {});
  };
  EXPECT_NO_THROW(apart({2, 3, 2, 8}, {2, 3, 2, 8}));
  EXPECT_THROW(apart({2, 3, 3, 8}, {2, 3, 3, 8}), CheckError);
  EXPECT_THROW(apart({2, 3, 2, 8}, {2, 3, 4, 8}), CheckError);
  EXPECT_THROW(apart({2, 4, 2, 8}, {2, 4, 2, 8}), CheckError);
  EXPECT_THROW(apart({2, 3, 2, 4}, {2, 3, 2, 4}), CheckError);
  EXPECT_THROW(
      ops::rotary_attention(exact_, 0, randn({1, 2, 2, 8}),
                            randn({1, 2, 2, 8}).to(torch::kBFloat16), randn({1, 2, 2, 8}), {}),
      CheckError);
}

}  // namespace
}  // namespace leakprobe
