#include "text/hex.h"

#include <fmt/format.h>

#include <charconv>

namespace leakprobe {

std::string to_hex(uint64_t number) { return fmt::format("{:016x}", number); }

std::optional<uint64_t> from_hex(std::string_view text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number, 16);
  if (text.size() != 16 || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace leakprobe
