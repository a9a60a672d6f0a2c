#pragma once

#include <filesystem>

namespace leakprobe {

/// Where the libraries of the LibTorch lie that the process runs with, which need not be the one it
/// was built with; empty where the system does not say.
std::filesystem::path libtorch_library_folder();

}  // namespace leakprobe
