#include "data/packed_rows.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

Row row(std::vector<int64_t> tokens, std::vector<uint8_t> scored) {
  Row row;
  row.secret = {0, static_cast<int64_t>(tokens.size())};
  row.tokens = std::move(tokens);
  row.scored = std::move(scored);
  return row;
}

TEST(PackedRows, LeaveOutTheLastTokenAndAskForEachScoredOne) {
  const Row a = row({5, 6, 7}, {0, 1, 1});
  const Row b = row({1, 2}, {0, 1});
  const PackedRows packed({&a, &b}, torch::kCPU);
  EXPECT_TRUE(packed.tokens().equal(torch::tensor({{1, 5, 6}}, torch::kInt64)));
  EXPECT_TRUE(packed.states().equal(torch::tensor({0, 1, 2}, torch::kInt64)));
  EXPECT_TRUE(packed.targets().tokens.equal(torch::tensor({2, 6, 7}, torch::kInt64)));
  EXPECT_TRUE(packed.pairs().equal(torch::tensor({1, 2, 0}, torch::kInt64)));
  EXPECT_EQ(packed.offset(1), 2);
  EXPECT_EQ(packed.targets_count(), 3);
}

TEST(PackedRows, ElsewhereThanOnTheCpuPositionsAreSharedOnlyWhereManyAre) {
  const Row a = row({1, 2, 3, 4, 5, 0}, {0, 0, 0, 0, 0, 1});
  const Row few = row({1, 9, 9, 9, 9, 0}, {0, 0, 0, 0, 0, 1});
  const Row many = row({1, 2, 3, 9, 9, 0}, {0, 0, 0, 0, 0, 1});
  EXPECT_EQ(PackedRows({&a, &few}, torch::kCPU).layout()->nodes(), 9);
  EXPECT_EQ(PackedRows({&a, &few}, torch::kMeta).layout()->nodes(), 10);
  EXPECT_EQ(PackedRows({&a, &many}, torch::kMeta).layout()->nodes(), 7);
}

TEST(PackedRows, KnowTheRangeOfAllTheirTokens) {
  const Row a = row({5, 6, 7}, {0, 1, 1});
  const Row b = row({1, 2}, {0, 1});
  const PackedRows packed({&a, &b}, torch::kCPU);
  EXPECT_EQ(packed.token_range().least, 1);
  EXPECT_EQ(packed.token_range().largest, 7);
}

TEST(PackedRows, TokensThatAreNotScoredAreNoTargets) {
  const Row a = row({5, 6, 7, 8}, {0, 0, 1, 0});
  const PackedRows packed({&a}, torch::kCPU);
  EXPECT_TRUE(packed.states().equal(torch::tensor({1}, torch::kInt64)));
  EXPECT_TRUE(packed.targets().tokens.equal(torch::tensor({7}, torch::kInt64)));
}

TEST(PackedRows, EqualBeginningsAreComputedOnceAndEqualQuestionsAskedOnce) {
  const Row a = row({1, 5, 6, 9}, {0, 1, 1, 1});
  const Row b = row({1, 5, 7, 9}, {0, 1, 1, 1});
  const Row c = row({1, 5, 6, 9}, {0, 1, 1, 1});
  const PackedRows packed({&a, &b, &c}, torch::kCPU);
  // 1 5 6 of a and c, then 7 of b.
  EXPECT_TRUE(packed.tokens().equal(torch::tensor({{1, 5, 6, 7}}, torch::kInt64)));
  EXPECT_TRUE(packed.targets().firsts.equal(torch::tensor({0, 1, 3, 4, 5}, torch::kInt64)));
  EXPECT_TRUE(packed.targets().tokens.equal(torch::tensor({5, 6, 7, 9, 9}, torch::kInt64)));
  EXPECT_TRUE(packed.pairs().equal(torch::tensor({0, 1, 3, 0, 2, 4, 0, 1, 3}, torch::kInt64)));
  EXPECT_TRUE(
      packed.states_of_rows().equal(torch::tensor({0, 1, 2, 0, 1, 3, 0, 1, 2}, torch::kInt64)));
  EXPECT_TRUE(packed.layout()
                  ->node_table(torch::kCPU)
                  .equal(torch::tensor({0, 1, 2, 0, 1, 2, 0, 1, 3}, torch::kInt64)));
}

TEST(PackedRows, ARowThatBeginsAnotherNeedsNoPositionOfItsOwn) {
  const Row a = row({1, 5, 6}, {0, 1, 1});
  const Row b = row({1, 5, 6, 7}, {0, 1, 1, 1});
  const PackedRows packed({&b, &a}, torch::kCPU);
  EXPECT_EQ(packed.layout()->nodes(), 3);
  EXPECT_TRUE(packed.pairs().equal(torch::tensor({0, 1, 2, 0, 1}, torch::kInt64)));
}

TEST(PackedRows, MatricesOfRowsOfDifferentLengthsArePaddedWithZeroAndPassGradients) {
  const Row a = row({5, 6, 7}, {0, 1, 1});
  const Row b = row({1, 2}, {0, 1});
  const PackedRows packed({&a, &b}, torch::kCPU);
  const torch::Tensor values = torch::tensor({1.0F, 2.0F, 3.0F}).requires_grad_();
  const torch::Tensor matrix = packed.matrix(values, 0, 2);
  EXPECT_TRUE(matrix.equal(torch::tensor({{1.0F, 2.0F}, {3.0F, 0.0F}})));
  EXPECT_TRUE(packed.mask(0, 2).equal(torch::tensor({{1.0F, 1.0F}, {1.0F, 0.0F}})));
  (matrix * torch::tensor({{1.0F, 2.0F}, {3.0F, 4.0F}})).sum().backward();
  EXPECT_TRUE(values.grad().equal(torch::tensor({1.0F, 2.0F, 3.0F})));
}

TEST(PackedRows, RowsOfOneLengthAreNotCopied) {
  const Row a = row({5, 6, 7}, {0, 1, 1});
  const Row b = row({1, 2, 3}, {0, 1, 1});
  const PackedRows packed({&a, &b}, torch::kCPU);
  const torch::Tensor values = torch::arange(4, torch::kFloat32);
  EXPECT_EQ(packed.matrix(values, 0, 2).data_ptr(), values.data_ptr());
}

}  // namespace
}  // namespace leakprobe
