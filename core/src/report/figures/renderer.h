#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace leakprobe {

/// Runs a program that draws, without input and output, to its end or for as long as `limit`. Gives
/// why it drew nothing, as part of a sentence: the last line of its errors, "signal 11 ended it";
/// "" where it ended well.
std::string run_renderer(const std::filesystem::path& program,
                         const std::vector<std::string>& arguments,
                         std::chrono::milliseconds limit);

}  // namespace leakprobe
