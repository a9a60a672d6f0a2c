#include "leakprobe/random.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3": known answers of Philox
// 4x32-10 as the authors' Random123 library ships them (kat_vectors).
TEST(Random, IsPhilox4x32With10Rounds) {
  Random zeros(0, 0);
  EXPECT_EQ(zeros.next(), 0x6627e8d5u);
  EXPECT_EQ(zeros.next(), 0xe169c58du);
  EXPECT_EQ(zeros.next(), 0xbc57ac4cu);
  EXPECT_EQ(zeros.next(), 0x9b00dbd8u);
}

TEST(Random, GoesOnWithTheNextBlock) {
  Random random(3, 5);
  std::set<uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.next());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Random, UniformIsInItsRangeAndEven) {
  Random random(1, 2);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = random.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(Random, BelowIsEvenAndKeepsItsBound) {
  Random random(1, 2);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
  EXPECT_EQ(random.below(1), 0u);
  const uint64_t large = ~uint64_t{0};
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.below(large), large);
  EXPECT_THROW(random.below(0), CheckError);
}

TEST(RandomStream, DependsOnSeedNameAndRowOnly) {
  const auto first = [](uint64_t seed, const char* name, uint64_t row) {
    return RandomStream(seed, name).at(row).next();
  };
  EXPECT_EQ(first(1, "set/useful", 3), first(1, "set/useful", 3));
  EXPECT_NE(first(1, "set/useful", 3), first(2, "set/useful", 3));
  EXPECT_NE(first(1, "set/useful", 3), first(1, "set/random", 3));
  EXPECT_NE(first(1, "set/useful", 3), first(1, "set/useful", 4));
}

// Runs made once must be made again by later versions.
TEST(RandomStream, NumbersStayWhatTheyAre) {
  EXPECT_EQ(RandomStream(0, "set/useful").at(0).next(), 3052772464u);
  EXPECT_EQ(RandomStream(7, "order/elicit/dpo").permutation(6),
            (std::vector<int64_t>{1, 2, 4, 5, 3, 0}));
}

TEST(RandomStream, PermutationsHoldEachItemOnce) {
  std::vector<int64_t> order = RandomStream(1, "order").permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
  EXPECT_TRUE(RandomStream(1, "order").permutation(0).empty());
  EXPECT_THROW(RandomStream(1, "order").permutation(-1), CheckError);
}

TEST(RandomStream, EveryPermutationIsEquallyLikely) {
  std::map<std::vector<int64_t>, int> counts;
  for (uint64_t seed = 0; seed < 6000; ++seed) ++counts[RandomStream(seed, "o").permutation(3)];
  EXPECT_EQ(counts.size(), 6u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 120);
}

TEST(RandomStream, NormalValuesHaveMeanAndDeviation) {
  torch::Tensor values = torch::empty({1001, 1000});
  RandomStream(1, "init/x").fill_normal(values, 2.0, 0.5);
  EXPECT_NEAR(values.mean().item<double>(), 2.0, 0.002);
  EXPECT_NEAR(values.std().item<double>(), 0.5, 0.002);
  const torch::Tensor standard = (values - 2.0) / 0.5;
  EXPECT_NEAR((standard.abs() < 1.0).to(torch::kFloat64).mean().item<double>(), 0.6827, 0.002);
  EXPECT_NEAR(standard.pow(4).mean().item<double>(), 3.0, 0.05);
  EXPECT_TRUE(torch::isfinite(values).all().item<bool>());
}

TEST(RandomStream, NormalValuesDoNotDependOnThreads) {
  const int threads = at::get_num_threads();
  const auto fill = [](int count) {
    at::set_num_threads(count);
    torch::Tensor values = torch::empty({100'001});
    RandomStream(1, "init/x").fill_normal(values, 0.0, 1.0);
    return values;
  };
  EXPECT_TRUE(torch::equal(fill(1), fill(3)));
  at::set_num_threads(threads);
}

TEST(RandomStream, FillsOnlyContiguousFloats) {
  torch::Tensor doubles = torch::empty({3}, torch::kFloat64);
  EXPECT_THROW(RandomStream(1, "x").fill_normal(doubles, 0, 1), CheckError);
  torch::Tensor transposed = torch::empty({3, 4}).t();
  EXPECT_THROW(RandomStream(1, "x").fill_normal(transposed, 0, 1), CheckError);
}

}  // namespace
}  // namespace leakprobe
