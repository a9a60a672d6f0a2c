#include "tokenizer/byte_alphabet.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "text/utf8.h"

namespace leakprobe {
namespace {

constexpr char32_t kFirstSubstitute = 0x100;

constexpr bool is_visible(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

constexpr std::array<char32_t, 256> make_characters() {
  std::array<char32_t, 256> characters{};
  char32_t substitute = kFirstSubstitute;
  for (unsigned byte = 0; byte < 256; ++byte) {
    characters[byte] = is_visible(byte) ? byte : substitute++;
  }
  return characters;
}

constexpr std::array<char32_t, 256> kCharacters = make_characters();
constexpr char32_t kCharactersEnd = 0x144;
constexpr std::int16_t kNoByte = -1;

constexpr std::array<std::int16_t, kCharactersEnd> make_bytes() {
  std::array<std::int16_t, kCharactersEnd> bytes{};
  for (std::int16_t& byte : bytes) byte = kNoByte;
  for (unsigned byte = 0; byte < 256; ++byte) {
    bytes[kCharacters[byte]] = static_cast<std::int16_t>(byte);
  }
  return bytes;
}

constexpr std::array<std::int16_t, kCharactersEnd> kBytes = make_bytes();

}  // namespace

char32_t character_of_byte(unsigned char byte) { return kCharacters[byte]; }

std::string to_byte_alphabet(std::string_view bytes) {
  std::string token;
  for (char byte : bytes) {
    append_code_point(token, character_of_byte(static_cast<unsigned char>(byte)));
  }
  return token;
}

std::optional<std::string> from_byte_alphabet(std::string_view token) {
  std::string bytes;
  bytes.reserve(token.size());
  for (std::size_t position = 0; position < token.size();) {
    const char32_t character = next_code_point(token, position);
    if (character >= kCharactersEnd || kBytes[character] == kNoByte) return std::nullopt;
    bytes.push_back(static_cast<char>(kBytes[character]));
  }
  return bytes;
}

}  // namespace leakprobe
