#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include "text/utf8.h"

namespace leakprobe {

/// Text of `length` characters from all of Unicode, rich in what splitters treat specially.
inline std::string random_text(std::mt19937_64& generator, std::size_t length) {
  static constexpr std::u32string_view kSpecial =
      U"  "
      U"\t\n\r\u0085\u00A0\u3000'''sStTdDmMreRElLvV0129.,!?-_\u00B2\u2163\u0660\u0301\u0323e\u00E9"
      U"\u017F\u212A\uAC00\u1100\u1161\u4E2D\U0001F600\U0001D7D8\u200D<|>";
  std::string text;
  while (length > 0) {
    const std::uint64_t draw = generator();
    char32_t code_point = kSpecial[draw / 16 % kSpecial.size()];
    if (draw % 8 == 0) code_point = static_cast<char32_t>(draw / 16 % (kLastCodePoint + 1));
    if (draw % 8 == 1) code_point = static_cast<char32_t>(U'a' + draw / 16 % 26);
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    append_code_point(text, code_point);
    --length;
  }
  return text;
}

}  // namespace leakprobe
