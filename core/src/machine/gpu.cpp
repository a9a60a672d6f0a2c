#include "machine/gpu.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <torch/cuda.h>

#include <array>
#include <boost/dll/shared_library.hpp>

#include "machine/libtorch.h"

namespace leakprobe {
namespace {

namespace dll = boost::dll;

std::string load_cuda_libraries() {
  if (at::CUDAHooksRegistry()->Has("CUDAHooks")) return "";  // a program that links them
  const auto library = libtorch_library_folder() / "libtorch_cuda.so";
  if (!std::filesystem::exists(library)) return "this LibTorch was built without CUDA";
  // For the process's whole life. Global, because they load others that look for their symbols.
  if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return "";
  const char* reason = ::dlerror();
  return reason != nullptr ? reason : "LibTorch's CUDA libraries cannot be loaded";
}

}  // namespace

const std::string& cuda_failure() {
  static const std::string failure = load_cuda_libraries();
  return failure;
}

int64_t gpu_count() {
  return cuda_failure().empty() ? static_cast<int64_t>(torch::cuda::device_count()) : 0;
}

std::string gpu_name(int64_t index) {
  // LibTorch says it in headers alone that need the CUDA toolkit.
  static const dll::shared_library driver = [] {
    dll::shared_library library;
    dll::fs::error_code ignored;
    library.load("libcuda.so.1", ignored,
                 dll::load_mode::search_system_folders | dll::load_mode::rtld_local);
    return library;
  }();
  const auto has = [](const char* name) { return driver.is_loaded() && driver.has(name); };
  if (!has("cuInit") || !has("cuDeviceGet") || !has("cuDeviceGetName")) return "unknown";
  int device = 0;
  std::array<char, 256> name{};
  const bool told =
      driver.get<int(unsigned)>("cuInit")(0) == 0 &&
      driver.get<int(int*, int)>("cuDeviceGet")(&device, static_cast<int>(index)) == 0 &&
      driver.get<int(char*, int, int)>("cuDeviceGetName")(
          name.data(), static_cast<int>(name.size()) - 1, device) == 0;
  return told ? name.data() : "unknown";
}

std::string cuda_version() {
  if (!cuda_failure().empty()) return "not available";
  const long version = at::detail::getCUDAHooks().versionCUDART();  // 13020 for 13.2
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace leakprobe
