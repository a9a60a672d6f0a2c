# One precompiled header for the core, the plugins and all tests, and in the package for those of others:
# LibTorch's tensor header costs nine seconds a file, two when precompiled (GCC instantiates its pending
# templates in each file anew). It is compiled with the flags that all targets share and without anyone's
# definitions, so that the compiler accepts it everywhere; where it does not, it says so (-Winvalid-pch) and
# reads the headers.
#
# LEAKPROBE_PRECOMPILED=OFF shows missing includes.

option(LEAKPROBE_PRECOMPILED "Share one precompiled header" ON)

# Compiles the sources of `target` with the shared header, where there is one.
function(leakprobe_use_precompiled target)
  if(NOT LEAKPROBE_PRECOMPILED)
    return()
  endif()
  if(NOT TARGET leakprobe_precompiled)
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/leakprobe_precompiled.cpp" CONTENT "")
    add_library(leakprobe_precompiled OBJECT "${CMAKE_BINARY_DIR}/leakprobe_precompiled.cpp")
    target_compile_options(leakprobe_precompiled PRIVATE -fPIC)  # programs as well, so that all can share it
    target_link_libraries(leakprobe_precompiled PRIVATE LibTorch::LibTorch)
    target_precompile_headers(leakprobe_precompiled PRIVATE
      <torch/types.h>
      <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <cstring> <deque> <filesystem>
      <fstream> <functional> <limits> <map> <memory> <mutex> <numeric> <optional> <set> <span> <sstream>
      <stdexcept> <string> <string_view> <tuple> <type_traits> <unordered_map> <utility> <variant> <vector>)
  endif()
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM leakprobe_precompiled)
endfunction()
