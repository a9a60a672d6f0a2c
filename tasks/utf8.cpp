#include "utf8.h"

#include <algorithm>
#include <cstring>

namespace leakprobe::texts {
namespace {

/// Bytes of the character that begins so, and the least code point that needs so many; 0 where none
/// begins so.
struct Lead {
  size_t bytes;
  char32_t least;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0};
  if (byte >= 0xC2 && byte < 0xE0) return {2, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {3, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return {4, 0x10000};
  return {0, 0};
}

/// How many bytes from `begin` on are ASCII: eight at a time, since most text is.
size_t ascii_run(std::string_view text, size_t begin) {
  size_t at = begin;
  for (uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at - begin;
}

/// The character at `at` and how many bytes it has; 0 bytes where it is none.
std::pair<char32_t, size_t> character(std::string_view text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const Lead lead = lead_of(first);
  if (lead.bytes == 0 || at + lead.bytes > text.size()) return {0, 0};
  if (lead.bytes == 1) return {first, 1};
  char32_t code_point = first & (0x7Fu >> lead.bytes);
  for (size_t i = 1; i < lead.bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0) != 0x80) return {0, 0};
    code_point = code_point << 6 | (next & 0x3F);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point < 0xE000;
  if (code_point < lead.least || code_point > 0x10FFFF || is_surrogate) return {0, 0};
  return {code_point, lead.bytes};
}

}  // namespace

size_t find_invalid_utf8(std::string_view text) {
  for (size_t at = 0;;) {
    at += ascii_run(text, at);
    if (at == text.size()) return std::string_view::npos;
    const size_t bytes = character(text, at).second;
    if (bytes == 0) return at;
    at += bytes;
  }
}

bool is_ascii(std::string_view text) { return ascii_run(text, 0) == text.size(); }

void Characters::add(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto [code_point, bytes] = character(text, at);
    seen_[code_point] = true;
    at += std::max<size_t>(bytes, 1);
  }
}

std::vector<std::string> Characters::list() const {
  std::vector<std::string> all;
  for (char32_t code_point = 0; code_point < seen_.size(); ++code_point) {
    if (!seen_[code_point]) continue;
    std::string& text = all.emplace_back();
    const auto byte = [&](char32_t bits) { text.push_back(static_cast<char>(bits)); };
    const auto rest = [&](int shift) { byte(0x80 | (code_point >> shift & 0x3F)); };
    if (code_point < 0x80) {
      byte(code_point);
    } else if (code_point < 0x800) {
      byte(0xC0 | code_point >> 6);
      rest(0);
    } else if (code_point < 0x10000) {
      byte(0xE0 | code_point >> 12);
      rest(6);
      rest(0);
    } else {
      byte(0xF0 | code_point >> 18);
      rest(12);
      rest(6);
      rest(0);
    }
  }
  return all;
}

}  // namespace leakprobe::texts
