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

TEST(PackedRows, leave_out_the_last_token_and_point_at_the_state_before_each_scored_one) {
  const Row a = row({5, 6, 7}, {0, 1, 1});
  const Row b = row({1, 2}, {0, 1});
  const PackedRows packed({&a, &b}, torch::kCPU);
  EXPECT_TRUE(packed.tokens().equal(torch::tensor({{5, 6}, {1, 0}}, torch::kInt64)));
  EXPECT_TRUE(packed.positions().equal(torch::tensor({0, 1, 2}, torch::kInt64)));
  EXPECT_TRUE(packed.targets().equal(torch::tensor({6, 7, 2}, torch::kInt64)));
  EXPECT_EQ(packed.offset(1), 2);
  EXPECT_EQ(packed.targets_count(), 3);
}

TEST(PackedRows, tokens_that_are_not_scored_are_no_targets) {
  const Row a = row({5, 6, 7, 8}, {0, 0, 1, 0});
  const PackedRows packed({&a}, torch::kCPU);
  EXPECT_TRUE(packed.positions().equal(torch::tensor({1}, torch::kInt64)));
  EXPECT_TRUE(packed.targets().equal(torch::tensor({7}, torch::kInt64)));
}

TEST(PackedRows, matrices_of_rows_of_different_lengths_are_padded_with_zero_and_pass_gradients) {
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

TEST(PackedRows, rows_of_one_length_are_not_copied) {
  const Row a = row({5, 6, 7}, {0, 1, 1});
  const Row b = row({1, 2, 3}, {0, 1, 1});
  const PackedRows packed({&a, &b}, torch::kCPU);
  const torch::Tensor values = torch::arange(4, torch::kFloat32);
  EXPECT_EQ(packed.matrix(values, 0, 2).data_ptr(), values.data_ptr());
}

}  // namespace
}  // namespace leakprobe
