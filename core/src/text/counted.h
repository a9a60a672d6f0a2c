#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace leakprobe {

/// "1 row", "2 rows": for messages.
std::string counted(std::integral auto number, std::string_view noun) {
  return std::to_string(number).append(" ").append(noun).append(number == 1 ? "" : "s");
}

}  // namespace leakprobe
