#include "text/utf8.h"

#include <cstdint>
#include <cstring>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

struct Sequence {
  std::size_t length;  // of the longest beginning of a well-formed sequence, at least 1
  bool complete;
};

// Table 3-7 of the Unicode standard: only the second byte's range depends on the first.
Sequence sequence_at(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t offset) -> unsigned {
    return position + offset < text.size() ? static_cast<unsigned char>(text[position + offset])
                                           : 0;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

}  // namespace

void append_code_point(std::string& text, char32_t code_point) {
  const auto add = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3F));
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
}

bool is_invisible(char32_t code) {
  return code == 0x85 || code == 0xAD || code == 0x61C || code == 0x180E ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0x1D173 && code <= 0x1D17A) ||
         (code >= 0xE0000 && code <= 0xE007F);
}

std::size_t well_formed_length(std::string_view text) {
  if (text.empty()) return 0;
  const Sequence sequence = sequence_at(text, 0);
  return sequence.complete ? sequence.length : 0;
}

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    std::uint64_t eight_bytes = 0;
    if (text.size() - position >= sizeof(eight_bytes)) {
      std::memcpy(&eight_bytes, text.data() + position, sizeof(eight_bytes));
      if ((eight_bytes & 0x8080808080808080u) == 0) {
        position += sizeof(eight_bytes);
        continue;
      }
    }
    const Sequence sequence = sequence_at(text, position);
    if (!sequence.complete) return position;
    position += sequence.length;
  }
  return std::string_view::npos;
}

void require_utf8(std::string_view text, std::string_view place) {
  const std::size_t invalid = find_invalid_utf8(text);
  if (invalid == std::string_view::npos) return;
  throw Error(std::string(place) + ": byte " + std::to_string(invalid) +
              " is not valid UTF-8: convert the text to UTF-8");
}

std::string replace_invalid_utf8(std::string text) {
  std::size_t position = find_invalid_utf8(text);
  if (position == std::string_view::npos) return text;
  std::string result = text.substr(0, position);
  while (position < text.size()) {
    const Sequence sequence = sequence_at(text, position);
    if (sequence.complete) {
      result.append(text, position, sequence.length);
    } else {
      result += "\uFFFD";
    }
    position += sequence.length;
  }
  return result;
}

}  // namespace leakprobe
