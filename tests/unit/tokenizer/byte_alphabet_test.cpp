#include "tokenizer/byte_alphabet.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

TEST(ByteAlphabet, IsGpt2s) {
  EXPECT_EQ(to_byte_alphabet(" a\n"), "\u0120a\u010A");
  EXPECT_EQ(to_byte_alphabet(std::string("\0\x7F\x80\xAD\xFF", 5)),
            "\u0100\u0121\u0122\u0143\u00FF");
}

TEST(ByteAlphabet, EveryByteComesBack) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  EXPECT_EQ(from_byte_alphabet(to_byte_alphabet(bytes)), bytes);
}

TEST(ByteAlphabet, OtherCharactersAreNotOfIt) {
  EXPECT_EQ(from_byte_alphabet("a b"), std::nullopt);
  EXPECT_EQ(from_byte_alphabet("\u0144"), std::nullopt);
  EXPECT_EQ(from_byte_alphabet("\u4E2D"), std::nullopt);
}

}  // namespace
}  // namespace leakprobe
