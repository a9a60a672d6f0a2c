#include "tokenizer/readable.h"

#include <gtest/gtest.h>

#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {

TEST(Readable, IdsThatAreNoTokensAreReplacementCharacters) {
  const auto tokenizer = make_word_vocabulary({" a", " b"});
  EXPECT_EQ(readable(*tokenizer, {0, 1}), " a b");
  EXPECT_EQ(readable(*tokenizer, {}), "");
  EXPECT_EQ(readable(*tokenizer, {2, 0, 7, -1, 1}), "\uFFFD a\uFFFD\uFFFD b");
}

}  // namespace
}  // namespace leakprobe
