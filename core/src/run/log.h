#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <memory>

#include "leakprobe/host/workbench.h"

namespace leakprobe {

/// The log of one run: into `file` with times, and to the run's observer, which outlives it.
std::shared_ptr<spdlog::logger> make_log(const std::filesystem::path& file,
                                         const host::RunObserver& observer);

}  // namespace leakprobe
