#include "text/quote.h"

#include <cstddef>

#include "text/utf8.h"

namespace leakprobe {
namespace {

// C1 controls, U+0080 to U+009F, steer terminals as the ASCII ones do.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = well_formed_length(text);
    if (length != 0 && !is_control(text.substr(0, length))) {
      out += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[0]);
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
    text.remove_prefix(1);
  }
  return out;
}

std::string beginning(std::string_view text) {
  constexpr size_t kLongest = 200, kShown = 100;
  if (text.size() <= kLongest) return printable(text);
  size_t cut = kShown;
  // A character is not cut in two, or its first bytes would show as invalid ones.
  while (cut > kShown - 4 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return printable(text.substr(0, cut)) + "…";
}

std::string quote(std::string_view text) { return "'" + beginning(text) + "'"; }

}  // namespace leakprobe
