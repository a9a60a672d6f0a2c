#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/plugin.h"

namespace leakprobe {

/// Loads a plugin library for the rest of the process's life and gives what it registers: all of it
/// or, with an Error, nothing. The file is checked before any of its code runs.
///
/// Errors read "<path>: <what is wrong and what to do>".
std::vector<Registration> load_library(const std::filesystem::path& path);

}  // namespace leakprobe
