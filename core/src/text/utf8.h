#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace leakprobe {

inline constexpr char32_t kLastCodePoint = 0x10FFFF;

/// The code point at `position` of valid UTF-8; moves `position` past it.
inline char32_t next_code_point(std::string_view text, std::size_t& position) {
  const auto byte = [&](std::size_t offset) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[position + offset]));
  };
  const char32_t lead = byte(0);
  char32_t code_point = lead;
  std::size_t length = 1;
  if (lead >= 0xF0) {
    code_point =
        (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    length = 4;
  } else if (lead >= 0xE0) {
    code_point = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    length = 3;
  } else if (lead >= 0xC0) {
    code_point = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
    length = 2;
  }
  position += length;
  return code_point;
}

/// The start of the code point that ends before `position` (> 0) of valid UTF-8.
inline std::size_t previous_code_point_start(std::string_view text, std::size_t position) {
  do {
    --position;
  } while ((static_cast<unsigned char>(text[position]) & 0xC0) == 0x80);
  return position;
}

/// Appends a code point, at most U+10FFFF and no surrogate.
void append_code_point(std::string& text, char32_t code_point);

/// Whether nobody sees it, though it may order, hide or break what is seen: bidirectional and other
/// format characters, ends of lines and paragraphs, tags.
bool is_invisible(char32_t code_point);

/// The same or a control character. Those from U+0080 to U+009F steer terminals, as the ASCII ones
/// do.
inline bool is_unseen(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || is_invisible(code);
}

/// Bytes of the well-formed code point at the start of `text`, 0 where there is none.
std::size_t well_formed_length(std::string_view text);

/// The offset of the first byte that does not belong to valid UTF-8 (no surrogates, no overlong
/// forms), or npos.
std::size_t find_invalid_utf8(std::string_view text);

/// Throws Error with the byte's offset where `text` is not valid UTF-8; `place` begins the message.
void require_utf8(std::string_view text, std::string_view place);

/// A copy in which every maximal ill-formed part is U+FFFD (the practice that the Unicode standard
/// recommends in its section 3.9).
std::string replace_invalid_utf8(std::string text);

}  // namespace leakprobe
