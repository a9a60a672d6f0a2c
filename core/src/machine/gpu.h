#pragma once

#include <cstdint>
#include <string>

namespace leakprobe {

/// Why LibTorch's CUDA libraries are not there, "" where they are. Nothing links them, because they
/// are large and most commands do without: the first call loads them.
const std::string& cuda_failure();

/// GPUs that the process may use (CUDA_VISIBLE_DEVICES hides some); 0 without libraries or driver.
int64_t gpu_count();
/// The name of a GPU, "unknown" where the driver does not say.
std::string gpu_name(int64_t index);
/// The version of the CUDA libraries, such as "13.0"; "not available" without them.
std::string cuda_version();

}  // namespace leakprobe
