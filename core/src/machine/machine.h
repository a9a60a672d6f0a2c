#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace leakprobe {

/// The processor's name, "unknown" where the system does not say.
std::string processor_name();
/// Its extensions that matter for speed, such as "avx2", "avx512f", "amx_bf16".
std::vector<std::string> processor_extensions();

/// Main memory in bytes, as far as this process's control group leaves it; 0 where the system does
/// not say.
struct Memory {
  int64_t total = 0;
  int64_t available = 0;
};
/// `root` is the folder that holds proc and sys.
Memory main_memory(const std::filesystem::path& root = "/");

}  // namespace leakprobe
