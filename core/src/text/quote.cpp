#include "text/quote.h"

#include <cstddef>

#include "leakprobe/host/printable.h"
#include "text/utf8.h"

namespace leakprobe {
namespace {

bool steers(std::string_view character) {
  size_t position = 0;
  return is_unseen(next_code_point(character, position));
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = well_formed_length(text);
    if (length != 0 && !steers(text.substr(0, length))) {
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

namespace leakprobe::host {

std::string printable(std::string_view text) { return leakprobe::printable(text); }

}  // namespace leakprobe::host
