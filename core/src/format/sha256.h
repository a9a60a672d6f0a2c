#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace leakprobe {

/// SHA-256 of the bytes as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// The same of a file's content, read in pieces. Throws Error where it cannot be read.
std::string sha256_hex_of_file(const std::filesystem::path& path);

}  // namespace leakprobe
