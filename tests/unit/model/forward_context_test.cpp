#include "model/forward_context.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "leakprobe/error.h"
#include "model/against_torch.h"
#include "model/products.h"

namespace leakprobe {
namespace {

using testing_support::relative_difference;

class Contexts : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(17); }
  ForwardContext exact_{Compute::float32};
  ForwardContext rounded_{Compute::bfloat16};
};

TEST_F(Contexts, AWeightThatHasTheTypeIsItselfWithoutItsGradient) {
  const torch::Tensor weight = at::randn({3, 4}).requires_grad_();
  const torch::Tensor same = exact_.as_type(weight, torch::kFloat32);
  EXPECT_EQ(same.data_ptr(), weight.data_ptr());
  EXPECT_FALSE(same.requires_grad());
  const torch::Tensor rounded = rounded_.as_type(weight, torch::kBFloat16);
  EXPECT_FALSE(rounded.requires_grad());
  EXPECT_TRUE(at::equal(rounded, weight.detach().to(torch::kBFloat16)));
}

TEST_F(Contexts, WeightsThatAreJoinedAnewWithOthersAreTheOthers) {
  const torch::Tensor a = at::randn({3, 4}), b = at::randn({2, 4}), c = at::randn({2, 4}),
                      d = at::randn({5, 4});
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    const auto expect = [&](const std::vector<torch::Tensor>& weights) {
      EXPECT_TRUE(at::equal(exact_.joined(weights, type), at::cat(weights).to(type)));
    };
    expect({a, b});
    expect({a, c});
    expect({a, b, c});
    expect({a, d});
    expect({a});
    expect({b, a});
    expect({a, b});
  }
}

TEST_F(Contexts, AChangeOfAnyJoinedWeightShows) {
  const std::vector<torch::Tensor> weights = {at::randn({3, 4}), at::randn({2, 4}),
                                              at::randn({1, 4})};
  for (const torch::Tensor& weight : weights) {
    exact_.joined(weights, torch::kFloat32);
    torch::Tensor changed = weight;
    changed.add_(1);
    EXPECT_TRUE(at::equal(exact_.joined(weights, torch::kFloat32), at::cat(weights)));
  }
}

TEST_F(Contexts, ACopyThatIsStillHeldIsNotWrittenOver) {
  const torch::Tensor weight = at::randn({4, 8});
  const torch::Tensor copy = rounded_.as_type(weight, torch::kBFloat16);
  const torch::Tensor before = copy.clone();
  torch::Tensor changed = weight;
  changed.mul_(2);
  rounded_.as_type(weight, torch::kBFloat16);
  EXPECT_TRUE(at::equal(copy, before));
  const torch::Tensor view = rounded_.as_type(weight, torch::kBFloat16).narrow(0, 1, 2);
  const torch::Tensor seen = view.clone();
  changed.mul_(2);
  rounded_.as_type(weight, torch::kBFloat16);
  EXPECT_TRUE(at::equal(view, seen));
}

TEST_F(Contexts, ContextsOfOneModelShareItsCopies) {
  const torch::Tensor weight = at::randn({4, 8});
  const torch::Tensor copy = rounded_.as_type(weight, torch::kBFloat16);
  KeyValueCache cache(1, 1);
  const ForwardContext probed(rounded_, Compute::float32);
  const ForwardContext packed(rounded_, RowLayout::separate(1, 3));
  const ForwardContext continued(rounded_, cache);
  for (const ForwardContext* other : {&probed, &packed, &continued}) {
    EXPECT_TRUE(other->as_type(weight, torch::kBFloat16).is_same(copy));
    EXPECT_EQ(other->compute(), Compute::bfloat16);
    EXPECT_EQ(other->product_type(), torch::kBFloat16);
  }
  EXPECT_EQ(probed.head_compute(), Compute::float32);
  EXPECT_EQ(packed.head_compute(), Compute::bfloat16);
  EXPECT_EQ(ForwardContext(probed, RowLayout::separate(1, 3)).head_compute(), Compute::float32);
  EXPECT_EQ(ForwardContext(probed, cache).head_compute(), Compute::float32);
  EXPECT_EQ(continued.cache(), &cache);
  EXPECT_EQ(packed.cache(), nullptr);
}

TEST_F(Contexts, ALineOfARowThatIsContinuedHasTheSameBitsInAnyPass) {
  KeyValueCache cache(1, 1);
  for (const ForwardContext* usual : {&exact_, &rounded_}) {
    const ForwardContext forward(*usual, cache);
    const torch::ScalarType type = usual->product_type();
    const torch::Tensor x = at::randn({200, 96}).to(type);
    const std::vector<torch::Tensor> weights = {at::randn({70, 96}), at::randn({33, 96})};
    const torch::Tensor bias = at::randn({103}).to(type);
    const torch::Tensor all = forward.product(x, weights, bias);
    EXPECT_EQ(all.sizes(), at::IntArrayRef({200, 103}));
    const torch::Tensor weight = at::cat(weights).to(type);
    EXPECT_LT(relative_difference(all, at::linear(x.to(torch::kFloat64), weight.to(torch::kFloat64),
                                                  bias.to(torch::kFloat64))),
              type == torch::kFloat32 ? 1e-6 : 0.01);
    for (const int64_t lines : {1, 2, 17, 63, 64, 65, 128, 129}) {
      for (const int64_t begin : {int64_t{0}, int64_t{5}, 200 - lines}) {
        const torch::Tensor own =
            forward.product(x.narrow(0, begin, lines).contiguous(), weights, bias);
        EXPECT_TRUE(own.is_contiguous());
        ASSERT_TRUE(at::equal(own, all.narrow(0, begin, lines))) << lines << " from " << begin;
      }
    }
  }
}

TEST_F(Contexts, PackedRowsHaveTheShapeOfTheirLayout) {
  const ForwardContext packed(exact_, RowLayout::separate(2, 3));
  EXPECT_EQ(packed.layout_of(1, 6)->nodes(), 6);
  EXPECT_THROW(packed.layout_of(2, 3), CheckError);
  EXPECT_THROW(packed.layout_of(1, 5), CheckError);
  EXPECT_EQ(exact_.layout_of(2, 3)->nodes(), 6);
}

TEST_F(Contexts, AnglesFollowTheirFormulaAndAreNotThoseOfOtherParameters) {
  // Each differs from the first in one of its parameters; asked for twice, in turn.
  const std::vector<std::pair<int64_t, ops::Rotary>> asked = {
      {6, {8, 10000.0}}, {9, {8, 10000.0}}, {6, {4, 10000.0}}, {6, {8, 500.0}}, {6, {7, 10000.0}}};
  for (int time = 0; time < 2; ++time) {
    for (const auto& [tokens, rotary] : asked) {
      const ForwardContext::Angles angles = exact_.angles(tokens, rotary, torch::kCPU);
      const int64_t pairs = (rotary.dimensions + 1) / 2;
      ASSERT_EQ(angles.cosines.sizes(), at::IntArrayRef({tokens, pairs}));
      ASSERT_EQ(angles.sines.sizes(), at::IntArrayRef({tokens, pairs}));
      for (int64_t t = 0; t < tokens; ++t) {
        for (int64_t i = 0; i < pairs; ++i) {
          // Of an odd number of dimensions the last pair's angle follows from the odd number.
          const double angle =
              double(t) / std::pow(rotary.theta, 2.0 * double(i) / double(rotary.dimensions));
          EXPECT_NEAR(angles.cosines[t][i].item<float>(), std::cos(angle), 1e-6) << t << ' ' << i;
          EXPECT_NEAR(angles.sines[t][i].item<float>(), std::sin(angle), 1e-6) << t << ' ' << i;
        }
      }
    }
  }
}

TEST_F(Contexts, TheEndOfABlockIsSeenWithItsNumberAndMayBeReplaced) {
  const torch::Tensor x = at::randn({1, 3, 4}), other = at::randn({1, 3, 4});
  EXPECT_TRUE(ops::residual(exact_, 2, x).is_same(x));
  std::vector<int64_t> seen;
  const ForwardContext forward(exact_, RowLayout::separate(1, 3),
                               [&](int64_t block, const torch::Tensor& stream) {
                                 seen.push_back(block);
                                 EXPECT_TRUE(stream.is_same(x));
                                 return block == 1 ? other : stream;
                               });
  EXPECT_TRUE(ops::residual(forward, 0, x).is_same(x));
  EXPECT_TRUE(ops::residual(forward, 1, x).is_same(other));
  EXPECT_EQ(seen, (std::vector<int64_t>{0, 1}));
}

}  // namespace
}  // namespace leakprobe
