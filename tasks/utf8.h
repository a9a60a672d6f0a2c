#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe::texts {

/// Where the first byte stands that is not UTF-8 (RFC 3629), or npos.
size_t find_invalid_utf8(std::string_view text);

bool is_ascii(std::string_view text);

/// Which characters texts hold.
class Characters {
 public:
  /// `text` is UTF-8.
  void add(std::string_view text);
  /// Each once, as UTF-8, in the order of their code points.
  std::vector<std::string> list() const;

 private:
  std::vector<bool> seen_ = std::vector<bool>(0x110000);
};

}  // namespace leakprobe::texts
