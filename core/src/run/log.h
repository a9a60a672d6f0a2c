#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <memory>

#include "run/terminal.h"

namespace leakprobe {

/// The log of one run: into `file` with times, and onto the terminal through its one owner, which
/// outlives it.
std::shared_ptr<spdlog::logger> make_log(const std::filesystem::path& file, Terminal& terminal);

}  // namespace leakprobe
