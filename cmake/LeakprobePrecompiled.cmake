# One precompiled header for the core, the plugins and all tests: LibTorch's tensor header costs nine
# seconds a file, two when precompiled (GCC instantiates its pending templates in each file anew). It is compiled with the flags all targets share and without anyone's
# definitions, so the compiler accepts it everywhere; -Winvalid-pch turns a misfit into an error.
#
# On by default where the compiler is GCC or Clang; LEAKPROBE_PRECOMPILED=OFF shows missing includes.

option(LEAKPROBE_PRECOMPILED "Share one precompiled header" ON)

if(LEAKPROBE_PRECOMPILED)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/precompiled.cpp" CONTENT "")
  add_library(leakprobe_precompiled OBJECT "${PROJECT_BINARY_DIR}/generated/precompiled.cpp")
  target_link_libraries(leakprobe_precompiled PRIVATE LibTorch::LibTorch)
  target_precompile_headers(leakprobe_precompiled PRIVATE
    <torch/types.h>
    <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <cstring> <deque> <filesystem>
    <fstream> <functional> <limits> <map> <memory> <mutex> <numeric> <optional> <set> <span> <sstream>
    <stdexcept> <string> <string_view> <tuple> <type_traits> <unordered_map> <utility> <variant> <vector>)
endif()

# Compiles the sources of `target` with the shared header, where there is one.
function(leakprobe_use_precompiled target)
  if(TARGET leakprobe_precompiled)
    target_precompile_headers(${target} REUSE_FROM leakprobe_precompiled)
  endif()
endfunction()
