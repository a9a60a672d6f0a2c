#include "model/key_value_cache.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "leakprobe/error.h"
#include "leakprobe/ops.h"
#include "model/against_torch.h"

namespace leakprobe {
namespace {

using testing_support::relative_difference;
using Parts = std::array<torch::Tensor, 3>;

struct CacheCase {
  int64_t heads, key_value_heads, head_size, rotated;
};

/// Attention of rows token by token, beside that of whole rows.
class CachedAttention : public ::testing::Test {
 protected:
  static constexpr int64_t kBlock = 3;

  void SetUp() override { at::manual_seed(13); }

  /// Query, key and value (rows, tokens, heads, d).
  static Parts numbers(const CacheCase& c, int64_t rows, int64_t tokens) {
    return {at::randn({rows, tokens, c.heads, c.head_size}),
            at::randn({rows, tokens, c.key_value_heads, c.head_size}),
            at::randn({rows, tokens, c.key_value_heads, c.head_size})};
  }

  torch::Tensor whole(const Parts& parts, const ops::Rotary& rotary) const {
    return ops::rotary_attention(exact_, kBlock, parts[0], parts[1], parts[2], rotary);
  }

  /// One pass of the tokens at (row, position) of `parts`: (tokens, width).
  torch::Tensor pass(KeyValueCache& cache, const Parts& parts,
                     const std::vector<std::pair<int64_t, int64_t>>& tokens,
                     const ops::Rotary& rotary, int64_t block = kBlock) const {
    std::vector<int64_t> rows, positions;
    Parts own;
    for (size_t i = 0; i < 3; ++i) {
      std::vector<torch::Tensor> lines;
      for (const auto& [row, position] : tokens) lines.push_back(parts[i][row][position]);
      own[i] = at::stack(lines).unsqueeze(0);
    }
    for (const auto& [row, position] : tokens) {
      rows.push_back(row);
      positions.push_back(position);
    }
    cache.begin(rows, positions);
    const ForwardContext forward(exact_, cache);
    return ops::rotary_attention(forward, block, own[0], own[1], own[2], rotary).squeeze(0);
  }

  ForwardContext exact_{Compute::float32};
};

constexpr CacheCase kGrouped{4, 2, 20, 6};

class CachedAttentionOfSizes : public CachedAttention,
                               public ::testing::WithParamInterface<CacheCase> {};

TEST_P(CachedAttentionOfSizes, TokenByTokenIsThatOfWholeRows) {
  const CacheCase c = GetParam();
  const ops::Rotary rotary{c.rotated, 10000.0};
  const Parts parts = numbers(c, 2, 19);
  const torch::Tensor expected = whole(parts, rotary);
  KeyValueCache cache(2, 19);
  for (int64_t t = 0; t < 19; ++t) {
    const torch::Tensor found = pass(cache, parts, {{1, t}, {0, t}}, rotary);
    EXPECT_LT(relative_difference(found[0], expected[1][t]), 4e-6) << t;
    EXPECT_LT(relative_difference(found[1], expected[0][t]), 4e-6) << t;
  }
}

TEST_P(CachedAttentionOfSizes, OtherDevicesOperationsAgreeWithTheKernels) {
  const CacheCase c = GetParam();
  const Parts parts = numbers(c, 1, 5);
  const Parts nodes = {parts[0].flatten(0, 1), parts[1].flatten(0, 1), parts[2].flatten(0, 1)};
  const ForwardContext::Angles angles = exact_.angles(7, {c.rotated, 10000.0}, torch::kCPU);
  KeyValueCache cache(3, 7);
  // Rows at several places, one of them with two tokens of one pass.
  const std::vector<int64_t> rows = {2, 0, 2, 1, 0}, positions = {0, 0, 1, 0, 1};
  cache.begin(rows, positions);
  const torch::Tensor expected = cache.attend(0, nodes, angles.cosines, angles.sines);
  const torch::Tensor keys = at::zeros({3, c.key_value_heads, 7, c.head_size + 4});
  const torch::Tensor found = with_torch::attend_to_cache(
      nodes, keys, at::zeros_like(keys), torch::tensor(rows, torch::kInt64),
      torch::tensor(positions, torch::kInt64), angles.cosines, angles.sines);
  EXPECT_EQ(found.sizes(), expected.sizes());
  EXPECT_LT(relative_difference(found, expected), 2e-6);
}

INSTANTIATE_TEST_SUITE_P(Sizes, CachedAttentionOfSizes,
                         ::testing::Values(CacheCase{4, 4, 64, 16}, kGrouped,
                                           CacheCase{3, 1, 12, 12}, CacheCase{2, 2, 16, 0}));

TEST_F(CachedAttention, JoinedHeadsAreThoseApart) {
  const CacheCase c{4, 4, 12, 4};
  const ops::Rotary rotary{c.rotated, 10000.0};
  const Parts parts = numbers(c, 1, 6);
  const torch::Tensor expected = whole(parts, rotary);
  const auto joined = [&](ops::Heads::Order order, const torch::Tensor& input) {
    KeyValueCache cache(1, 6);
    cache.begin(std::vector<int64_t>(6, 0), {0, 1, 2, 3, 4, 5});
    const ForwardContext forward(exact_, cache);
    return ops::rotary_attention(forward, 0, input, {c.heads, c.heads, c.head_size, order}, rotary);
  };
  const torch::Tensor by_kind =
      joined(ops::Heads::Order::joined,
             at::cat({parts[0].flatten(2), parts[1].flatten(2), parts[2].flatten(2)}, 2));
  const torch::Tensor by_head = joined(ops::Heads::Order::by_head, at::cat(parts, 3).flatten(2));
  EXPECT_EQ(by_kind.sizes(), expected.sizes());
  EXPECT_LT(relative_difference(by_kind, expected), 4e-6);
  EXPECT_TRUE(at::equal(by_head, by_kind));
}

TEST_F(CachedAttention, ATokenHasTheSameBitsAloneAndAmongOthers) {
  const ops::Rotary rotary{kGrouped.rotated, 10000.0};
  const Parts parts = numbers(kGrouped, 3, 9);
  KeyValueCache alone(3, 9), together(3, 9);
  std::vector<std::pair<int64_t, int64_t>> all;
  std::vector<torch::Tensor> one_by_one;
  for (int64_t row = 0; row < 3; ++row) {
    for (int64_t t = 0; t < 9; ++t) {
      all.emplace_back(row, t);
      one_by_one.push_back(pass(alone, parts, {{row, t}}, rotary));
    }
  }
  EXPECT_TRUE(at::equal(pass(together, parts, all, rotary), at::cat(one_by_one)));
}

TEST_F(CachedAttention, SeesNothingThatComesLaterInItsPass) {
  const ops::Rotary rotary{kGrouped.rotated, 10000.0};
  Parts parts = numbers(kGrouped, 1, 9);
  const std::vector<std::pair<int64_t, int64_t>> tokens = {{0, 0}, {0, 1}, {0, 2}, {0, 3}};
  KeyValueCache cache(1, 9), other(1, 9);
  const torch::Tensor before = pass(cache, parts, tokens, rotary);
  for (torch::Tensor& part : parts) part.narrow(1, 2, 7).fill_(1e3);
  const torch::Tensor after = pass(other, parts, tokens, rotary);
  EXPECT_TRUE(at::equal(before.narrow(0, 0, 2), after.narrow(0, 0, 2)));
  EXPECT_FALSE(at::equal(before[2], after[2]));
}

TEST_F(CachedAttention, APositionThatIsComputedAgainCountsAsItIsNow) {
  const ops::Rotary rotary{kGrouped.rotated, 10000.0};
  const Parts parts = numbers(kGrouped, 1, 3);
  KeyValueCache cache(1, 3), clean(1, 3);
  const Parts others = numbers(kGrouped, 1, 3);
  pass(cache, others, {{0, 0}, {0, 1}, {0, 2}}, rotary);
  pass(cache, parts, {{0, 0}}, rotary);
  pass(cache, parts, {{0, 1}}, rotary);
  const torch::Tensor expected = pass(clean, parts, {{0, 0}, {0, 1}, {0, 2}}, rotary);
  EXPECT_TRUE(at::equal(pass(cache, parts, {{0, 2}}, rotary)[0], expected[2]));
}

TEST_F(CachedAttention, BlocksAreKeptApart) {
  const ops::Rotary rotary{kGrouped.rotated, 10000.0};
  const Parts first = numbers(kGrouped, 1, 2), second = numbers(kGrouped, 1, 2);
  KeyValueCache both(1, 2), alone(1, 2);
  pass(both, first, {{0, 0}}, rotary, 0);
  pass(both, second, {{0, 0}}, rotary, 1);
  const torch::Tensor expected = pass(alone, first, {{0, 0}, {0, 1}}, rotary, 0);
  EXPECT_TRUE(at::equal(pass(both, first, {{0, 1}}, rotary, 0)[0], expected[1]));
}

TEST_F(CachedAttention, ACopiedRowGoesOnAsItsSourceInEveryBlockAndIsItsOwnAfterwards) {
  const ops::Rotary rotary{kGrouped.rotated, 10000.0};
  const Parts parts = numbers(kGrouped, 3, 6);
  KeyValueCache cache(3, 6), expected(3, 6);
  for (const int64_t block : {0, 1}) {
    for (KeyValueCache* each : {&cache, &expected}) {
      pass(*each, parts, {{0, 0}, {0, 1}, {0, 2}, {0, 3}}, rotary, block);
    }
    // What the row held before goes.
    pass(cache, parts, {{2, 0}, {2, 1}, {2, 2}, {2, 3}}, rotary, block);
  }
  cache.copy({0, 1, 0}, 3);
  for (const int64_t block : {0, 1}) {
    Parts next = parts;
    for (torch::Tensor& part : next) {
      part = part.clone();
      part[2][3].copy_(part[0][3]);
    }
    const torch::Tensor found = pass(cache, next, {{2, 3}}, rotary, block);
    EXPECT_TRUE(at::equal(found, pass(expected, parts, {{0, 3}}, rotary, block))) << block;
    // The source still has its own tokens, also where the copy went another way.
    pass(cache, parts, {{2, 3}}, rotary, block);
    EXPECT_TRUE(at::equal(pass(cache, parts, {{0, 4}}, rotary, block),
                          pass(expected, parts, {{0, 4}}, rotary, block)))
        << block;
  }
}

TEST_F(CachedAttention, InBfloat16OnlyInputsAndResultsAreRounded) {
  const ops::Rotary rotary{kGrouped.rotated, 10000.0};
  Parts rounded = numbers(kGrouped, 1, 5), same;
  for (size_t i = 0; i < 3; ++i) {
    rounded[i] = rounded[i].to(torch::kBFloat16);
    same[i] = rounded[i].to(torch::kFloat32);
  }
  const std::vector<std::pair<int64_t, int64_t>> tokens = {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}};
  KeyValueCache cache(1, 5), exact(1, 5);
  const torch::Tensor found = pass(cache, rounded, tokens, rotary);
  EXPECT_EQ(found.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(at::equal(found, pass(exact, same, tokens, rotary).to(torch::kBFloat16)));
}

TEST_F(CachedAttention, TokensBeyondTheCacheAreAProgrammersError) {
  KeyValueCache cache(2, 4);
  EXPECT_NO_THROW(cache.begin({0, 1}, {3, 0}));
  EXPECT_EQ(cache.tokens(), 2);
  EXPECT_EQ(cache.capacity(), 4);
  EXPECT_THROW(cache.begin({2}, {0}), CheckError);
  EXPECT_THROW(cache.begin({-1}, {0}), CheckError);
  EXPECT_THROW(cache.begin({0}, {4}), CheckError);
  EXPECT_THROW(cache.begin({0}, {-1}), CheckError);
  EXPECT_THROW(cache.begin({0, 1}, {0}), CheckError);
  const Parts parts = numbers(kGrouped, 1, 3);
  const ForwardContext forward(exact_, cache);
  EXPECT_THROW(ops::rotary_attention(forward, 0, parts[0], parts[1], parts[2], {0, 10000.0}),
               CheckError);
}

}  // namespace
}  // namespace leakprobe
