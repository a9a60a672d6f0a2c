#include "tokenizer/normalizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "tokenizer/sample_text.h"

namespace leakprobe {
namespace {

TEST(Normalizer, ComposesOrdersAndLeavesTheRest) {
  EXPECT_EQ(to_nfc("plain"), "plain");
  EXPECT_EQ(to_nfc("e\u0301te\u0301 "), "\u00E9t\u00E9 ");
  EXPECT_EQ(to_nfc("\u1100\u1161\u11A8"), "\uAC01");
  EXPECT_EQ(to_nfc("\u212B"), "\u00C5");
  EXPECT_EQ(to_nfc("q\u0307\u0323"), "q\u0323\u0307");
  EXPECT_EQ(to_nfc("\u0344"), "\u0308\u0301");
  EXPECT_EQ(to_nfc("\uFB01 \u00BD"), "\uFB01 \u00BD");  // compatibility only
  EXPECT_EQ(to_nfc(std::string_view("a\0e\u0301", 5)), std::string("a\0\u00E9", 4));
}

TEST(Normalizer, LeavesMarksThatTheReferenceDoesNotKnow) {
  EXPECT_EQ(to_nfc("e\u07FD\u0301"), "e\u07FD\u0301");
}

TEST(Normalizer, IsIdempotent) {
  std::mt19937_64 generator(1);
  for (int i = 0; i < 200; ++i) {
    const std::string once = to_nfc(random_text(generator, 200));
    EXPECT_EQ(to_nfc(once), once);
  }
}

TEST(Normalizer, ALongRunOfMarksIsNotQuadratic) {
  std::string text = "a";
  for (int i = 0; i < 300000; ++i) text += i % 2 == 0 ? "\u0301" : "\u0323";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(to_nfc(text).substr(0, 3), "\u1EA1");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

// The reference's normaliser is of Unicode 9, whatever the version of the library in use here.
TEST(ToNfc, LeavesWhatUnicode13Composes) {
  EXPECT_EQ(to_nfc("\U00011935\U00011930"), "\U00011935\U00011930");
  EXPECT_EQ(to_nfc("\U00011938"), "\U00011938");
}

}  // namespace
}  // namespace leakprobe
