#include "machine/libtorch.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace leakprobe {

std::filesystem::path libtorch_library_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&at::get_num_threads), &info) == 0 ||
      info.dli_fname == nullptr) {
    return {};
  }
  std::error_code ignored;
  return std::filesystem::canonical(info.dli_fname, ignored).parent_path();
}

}  // namespace leakprobe
