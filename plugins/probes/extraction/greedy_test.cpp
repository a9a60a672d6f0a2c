#include "greedy.h"

#include <gtest/gtest.h>

#include "../chain_model.h"

namespace leakprobe {
namespace {

using Texts = std::vector<std::vector<int64_t>>;

std::vector<Target> targets_of(const Texts& texts) {
  std::vector<Target> targets;
  for (const auto& text : texts) targets.push_back({{3}, text});
  return targets;
}

TEST(CommonPrefixes, AreCountedUpToTheFirstDifference) {
  const Texts texts = {{0, 1, 2}, {2, 1, 2}, {0, 0, 1}};
  const auto targets = targets_of({{0, 1, 2}, {0, 1, 2}, {0, 0, 2}});
  const std::vector<uint64_t> secrets = {1, 2, 3};
  const CommonPrefixes found = common_prefixes(texts, targets, secrets);
  EXPECT_DOUBLE_EQ(found.own, 5. / 3);
  EXPECT_DOUBLE_EQ(found.whole, 1. / 3);
  // The first has 3 and 1 tokens of the others, the second none, the third 1 and 1.
  EXPECT_DOUBLE_EQ(found.others, 1);
}

TEST(CommonPrefixes, ASecretThatStandsTwiceIsNoOther) {
  const Texts texts = {{0, 1}, {0, 1}, {0, 1}};
  const auto targets = targets_of({{0, 1}, {0, 1}, {0, 2}});
  const std::vector<uint64_t> secrets = {1, 1, 2};
  EXPECT_DOUBLE_EQ(common_prefixes(texts, targets, secrets).others, (1 + 1 + 2) / 3.);
}

TEST(CommonPrefixes, OfOneTextForAllRowsAreThoseWithTheOthers) {
  const Texts texts = {{0, 1, 2}, {0, 1, 2}, {0, 1, 2}};
  const auto targets = targets_of({{0, 1, 2}, {0, 2, 2}, {1, 0, 2}});
  const std::vector<uint64_t> secrets = {1, 2, 3};
  const CommonPrefixes found = common_prefixes(texts, targets, secrets);
  EXPECT_DOUBLE_EQ(found.own, 4. / 3);
  EXPECT_DOUBLE_EQ(found.others, found.own) << "what every secret gets is nobody's leak";
}

TEST(GreedyTexts, AreAsLongAsTheirTargets) {
  // 0 1 2 0 1 2 ..., beginning with 1 behind the prefix.
  ChainModel chain(torch::tensor(
      {{0.F, 1.F, 0.F, 0.F}, {0.F, 0.F, 1.F, 0.F}, {1.F, 0.F, 0.F, 0.F}, {0.F, 1.F, 0.F, 0.F}}));
  const auto texts = greedy_texts(chain, {{{3}, {0, 0, 0}}, {{3, 0}, {0}}, {{2}, {0, 0, 0}}});
  EXPECT_EQ(texts, (Texts{{1, 2, 0}, {1}, {0, 1, 2}}));
}

}  // namespace
}  // namespace leakprobe
