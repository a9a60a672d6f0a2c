#include "tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tokenizer/gpt2_splitter.h"
#include "tokenizer/sample_text.h"

namespace leakprobe {
namespace {

using Texts = std::vector<std::string>;

Texts pieces(const PreTokenizer& pre_tokenizer, std::string_view text) {
  Texts result;
  pre_tokenizer.split(text, [&](std::string_view piece) { result.emplace_back(piece); });
  return result;
}

Texts split_at_hyphens(SplitBehavior behavior, bool invert) {
  return pieces(SplitPreTokenizer(Regex::from_text("-", "test"), behavior, invert),
                "the--end-of -it-");
}

// Expected values: Hugging Face tokenizers 0.23.3.
TEST(PreTokenizer, SplitBehavesLikeTheReference) {
  using enum SplitBehavior;
  const Texts isolated = {"the", "-", "-", "end", "-", "of ", "-", "it", "-"};
  const Texts to_the_left = {"the-", "-", "end-", "of -", "it-"};
  const Texts to_the_right = {"the", "-", "-end", "-of ", "-it", "-"};
  const Texts contiguous = {"the", "--", "end", "-", "of ", "-", "it", "-"};
  EXPECT_EQ(split_at_hyphens(kIsolated, false), isolated);
  EXPECT_EQ(split_at_hyphens(kIsolated, true), isolated);
  EXPECT_EQ(split_at_hyphens(kRemoved, false), (Texts{"the", "end", "of ", "it"}));
  EXPECT_EQ(split_at_hyphens(kRemoved, true), (Texts{"-", "-", "-", "-", "-"}));
  EXPECT_EQ(split_at_hyphens(kMergedWithPrevious, false), to_the_left);
  EXPECT_EQ(split_at_hyphens(kMergedWithPrevious, true), to_the_right);
  EXPECT_EQ(split_at_hyphens(kMergedWithNext, false), to_the_right);
  EXPECT_EQ(split_at_hyphens(kMergedWithNext, true), to_the_left);
  EXPECT_EQ(split_at_hyphens(kContiguous, false), contiguous);
  EXPECT_EQ(split_at_hyphens(kContiguous, true), contiguous);
}

TEST(PreTokenizer, EmptyMatchesLeaveNoPieces) {
  const SplitPreTokenizer split(Regex::from_pattern("a*", "test"), SplitBehavior::kIsolated, false);
  EXPECT_EQ(pieces(split, "baac"), (Texts{"b", "aa", "c"}));
}

TEST(PreTokenizer, DigitsAloneOrTogether) {
  EXPECT_EQ(pieces(DigitsPreTokenizer(true), "a12\u00B2b"), (Texts{"a", "1", "2", "\u00B2", "b"}));
  EXPECT_EQ(pieces(DigitsPreTokenizer(false), "12ab34"), (Texts{"12", "ab", "34"}));
  EXPECT_EQ(pieces(DigitsPreTokenizer(true), "abc"), Texts{"abc"});
}

TEST(PreTokenizer, ByteLevelMayAddASpaceAndMaySplitWords) {
  EXPECT_EQ(pieces(ByteLevelPreTokenizer(true, true), "a b"), (Texts{" a", " b"}));
  EXPECT_EQ(pieces(ByteLevelPreTokenizer(true, false), " a b"), Texts{" a b"});
  EXPECT_EQ(pieces(ByteLevelPreTokenizer(false, false), "a b"), Texts{"a b"});
}

TEST(PreTokenizer, StepsWorkOnThePiecesBefore) {
  std::vector<std::unique_ptr<const PreTokenizer>> steps;
  steps.push_back(std::make_unique<DigitsPreTokenizer>(true));
  steps.push_back(std::make_unique<ByteLevelPreTokenizer>(false, true));
  const PreTokenizerSequence sequence(std::move(steps));
  EXPECT_EQ(pieces(sequence, "in  12 days"), (Texts{"in", "  ", "1", "2", " days"}));
  EXPECT_EQ(pieces(PreTokenizerSequence({}), "as is"), Texts{"as is"});
}

TEST(Gpt2Splitter, TakesContractionsWordsNumbersAndSpaces) {
  const ByteLevelPreTokenizer words(false, true);
  EXPECT_EQ(pieces(words, "they're 'll'x  I'v 3.14\n\n  go!! "),
            (Texts{"they", "'re", " '", "ll", "'", "x", " ", " I", "'", "v", " 3", ".", "14",
                   "\n\n ", " go", "!!", " "}));
}

TEST(Gpt2Splitter, EqualsItsRegularExpression) {
  const SplitPreTokenizer regex(Regex::from_pattern(kGpt2Pattern, "test"), SplitBehavior::kIsolated,
                                false);
  const ByteLevelPreTokenizer scanner(false, true);
  std::mt19937_64 generator(2);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_text(generator, 1 + i % 100);
    ASSERT_EQ(pieces(scanner, text), pieces(regex, text)) << text;
  }
}

}  // namespace
}  // namespace leakprobe
