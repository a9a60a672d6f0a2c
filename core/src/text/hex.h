#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leakprobe {

/// 16 lower-case hexadecimal digits.
std::string to_hex(uint64_t number);

/// What `to_hex` gave; nothing where it is anything else.
std::optional<uint64_t> from_hex(std::string_view text);

}  // namespace leakprobe
