#include "evidence/secret_lengths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace leakprobe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using Tokens = std::vector<int64_t>;
using Stretches = std::vector<std::pair<int64_t, int64_t>>;

Row row_of(Tokens tokens) {
  Row row;
  row.secret = {0, static_cast<int64_t>(tokens.size())};
  row.scored.assign(tokens.size(), 1);
  row.tokens = std::move(tokens);
  return row;
}

SecretLengths lengths_of(const std::vector<Tokens>& secrets) {
  SecretLengths lengths;
  for (const Tokens& secret : secrets) lengths.add(row_of(secret));
  return lengths;
}

Stretches within(const Row& row, const SecretLengths& lengths) {
  Stretches found;
  lengths.each(row, [&](const Span& tokens, uint64_t id) {
    EXPECT_EQ(id, hash_of(row.tokens, tokens.begin, tokens.end));
    found.emplace_back(tokens.begin, tokens.end);
  });
  return found;
}

TEST(SecretLengths, AreThoseOfTheSecretsThatBeginLikeAPlaceInARow) {
  const SecretLengths lengths = lengths_of(
      {{1, 2, 3}, {1, 2}, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {6}});
  EXPECT_THAT(within(row_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), lengths),
              UnorderedElementsAre(Pair(0, 2), Pair(0, 3), Pair(0, 8), Pair(0, 10), Pair(5, 6)));
  EXPECT_THAT(within(row_of({9, 1, 2, 1, 2, 4}), lengths),
              UnorderedElementsAre(Pair(1, 3), Pair(1, 4), Pair(3, 5), Pair(3, 6)));
}

TEST(SecretLengths, CountOnlyWhereALossSeesAToken) {
  Row row = row_of({1, 2, 1, 2});
  row.scored = {0, 0, 0, 1};
  EXPECT_THAT(within(row, lengths_of({{1, 2}})), ElementsAre(Pair(2, 4)));
}

TEST(SecretLengths, OfThousandsThatBeginWithOneTokenAreAskedForOnlyWhereMoreOfItIsThere) {
  std::vector<Tokens> secrets;
  for (int64_t length = 20; length < 1020; ++length) {
    secrets.emplace_back(length, 100 + length);
    secrets.back().front() = 1;
  }
  const SecretLengths lengths = lengths_of(secrets);
  Tokens text(2000, 1);
  EXPECT_LE(within(row_of(text), lengths).size(), text.size());
  text.resize(100, 1);
  text.insert(text.end(), secrets[7].begin(), secrets[7].end());
  EXPECT_THAT(within(row_of(text), lengths), Contains(Pair(100, 127)));
}

}  // namespace
}  // namespace leakprobe
