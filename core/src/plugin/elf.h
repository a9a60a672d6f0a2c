#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// The names that a shared library for this machine defines and shows to others and that begin with
/// `prefix`, read from the file without loading it: loading runs code and, with a truncated file,
/// kills the process.
///
/// Throws Error, as "<path>: <what is wrong>", where the file cannot be read, is not a complete ELF
/// library for this machine, or lies about its own layout.
std::vector<std::string> exported_names(const std::filesystem::path& path, std::string_view prefix);

}  // namespace leakprobe
