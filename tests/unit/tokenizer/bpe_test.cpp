#include "tokenizer/bpe.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>

namespace leakprobe {
namespace {

using Ids = std::vector<std::int64_t>;

// Tokens "a", "b", "c" are 0, 1, 2; merges add theirs.
class Vocabulary {
 public:
  Vocabulary& add(const std::string& left, const std::string& right) {
    merges_.push_back({id(left), id(right), id(left + right)});
    return *this;
  }

  Ids encode(std::string_view word, BytePairEncoder::Options options = {}) const {
    Ids ids;
    BytePairEncoder(tokens_, merges_, options).encode(word, ids);
    return ids;
  }

  std::uint32_t id(const std::string& text) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i] == text) return static_cast<std::uint32_t>(i);
    }
    tokens_.emplace_back(text);
    return static_cast<std::uint32_t>(tokens_.size() - 1);
  }

  const std::vector<std::optional<std::string>>& tokens() const { return tokens_; }
  const std::vector<Merge>& merges() const { return merges_; }

 private:
  std::vector<std::optional<std::string>> tokens_ = {"a", "b", "c"};
  std::vector<Merge> merges_;
};

TEST(BytePairEncoder, TheEarliestMergeGoesFirstAndTheLeftmostOfEquals) {
  Vocabulary vocabulary;
  vocabulary.add("b", "c").add("a", "b").add("a", "a");  // bc = 3, ab = 4, aa = 5
  EXPECT_EQ(vocabulary.encode("abc"), (Ids{0, 3}));
  EXPECT_EQ(vocabulary.encode("ab"), Ids{4});
  EXPECT_EQ(vocabulary.encode("aaa"), (Ids{5, 0}));
  EXPECT_EQ(vocabulary.encode(""), Ids{});
}

TEST(BytePairEncoder, OfEqualPairsTheLastCounts) {
  Vocabulary vocabulary;
  vocabulary.add("a", "b").add("b", "c").add("a", "b");
  EXPECT_EQ(vocabulary.encode("abc"), (Ids{0, 4}));
}

TEST(BytePairEncoder, ATokenThatMergesDoNotReachNeedsIgnoreMerges) {
  Vocabulary vocabulary;
  vocabulary.add("a", "b");
  vocabulary.id("abc");
  EXPECT_EQ(vocabulary.encode("abc"), (Ids{3, 2}));
  EXPECT_EQ(vocabulary.encode("abc", {.ignore_merges = true}), Ids{4});
}

TEST(BytePairEncoder, BytesWithoutTokenAreLeftOutOrUnknown) {
  Vocabulary vocabulary;
  vocabulary.add("a", "b");
  EXPECT_EQ(vocabulary.encode("axyb"), Ids{3});
  EXPECT_EQ(vocabulary.encode("axyb", {.unknown = 2}), (Ids{0, 2, 2, 1}));
  EXPECT_EQ(vocabulary.encode("axybx", {.unknown = 2, .fuse_unknown = true}), (Ids{0, 2, 1, 2}));
  EXPECT_EQ(vocabulary.encode("xyz"), Ids{});
  EXPECT_EQ(vocabulary.encode(std::string(100, 'x')), Ids{});
}

// What the definition of byte-pair encoding says, step by step.
Ids reference_encode(const Vocabulary& vocabulary, const std::string& word) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::size_t, std::uint32_t>> ranks;
  for (std::size_t rank = 0; rank < vocabulary.merges().size(); ++rank) {
    const Merge& merge = vocabulary.merges()[rank];
    ranks[{merge.left, merge.right}] = {rank, merge.result};
  }
  std::vector<std::uint32_t> symbols;
  for (char c : word) symbols.push_back(static_cast<std::uint32_t>(c - 'a'));
  for (;;) {
    std::size_t best = symbols.size();
    std::pair<std::size_t, std::uint32_t> best_merge;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = ranks.find({symbols[i], symbols[i + 1]});
      if (found == ranks.end()) continue;
      if (best < symbols.size() && found->second.first >= best_merge.first) continue;
      best = i;
      best_merge = found->second;
    }
    if (best == symbols.size()) return {symbols.begin(), symbols.end()};
    symbols[best] = best_merge.second;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(BytePairEncoder, ShortAndLongWordsFollowTheDefinition) {
  std::mt19937_64 generator(3);
  for (int round = 0; round < 30; ++round) {
    Vocabulary vocabulary;
    for (int i = 0; i < 40; ++i) {
      const auto draw = [&] {
        return *vocabulary.tokens()[generator() % vocabulary.tokens().size()];
      };
      const std::string left = draw();
      const std::string right = draw();
      if (left.size() + right.size() < 20) vocabulary.add(left, right);
    }
    const BytePairEncoder encoder(vocabulary.tokens(), vocabulary.merges(), {});
    for (std::size_t length : {1, 2, 5, 20, 32, 33, 100, 300}) {
      std::string word;
      while (word.size() < length) word.push_back(static_cast<char>('a' + generator() % 3));
      Ids ids;
      encoder.encode(word, ids);
      EXPECT_EQ(ids, reference_encode(vocabulary, word)) << word;
    }
  }
}

TEST(BytePairEncoder, OneLongWordIsNotQuadratic) {
  Vocabulary vocabulary;
  for (std::string text = "a"; text.size() < 64; text += text) vocabulary.add(text, text);
  vocabulary.add("a", "b").add("ab", "ab");
  const BytePairEncoder encoder(vocabulary.tokens(), vocabulary.merges(), {});
  std::string word(1 << 20, 'a');
  for (std::size_t i = 0; i < word.size(); i += 3) word[i] = 'b';
  const auto start = std::chrono::steady_clock::now();
  Ids ids;
  encoder.encode(word, ids);
  encoder.encode(std::string(1 << 20, 'a'), ids);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_GT(ids.size(), 10000u);
}

}  // namespace
}  // namespace leakprobe
