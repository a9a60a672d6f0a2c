# How everything in this tree is compiled: language, warnings, sanitizers, ccache.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
endif()

# ccache sees through a precompiled header only when told so.
find_program(LEAKPROBE_CCACHE ccache)
mark_as_advanced(LEAKPROBE_CCACHE)
if(LEAKPROBE_CCACHE AND (NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER
                         OR CMAKE_CXX_COMPILER_LAUNCHER MATCHES "(^|/)ccache$"))
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${LEAKPROBE_CCACHE}")
endif()

# -fPIC everywhere, as the precompiled header has it.
add_compile_options(
  -fPIC -Wall -Wextra -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${LEAKPROBE_WARNINGS_AS_ERRORS}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
add_link_options(-Wl,--as-needed)

include(LeakprobeFalseWarnings)
add_compile_options(${leakprobe_false_warnings})

# For who ends a process otherwise than by returning from main.
if("${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_DEBUG}" MATCHES "--coverage")
  add_compile_definitions(LEAKPROBE_COVERAGE)
endif()

if(LEAKPROBE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented, the standard library's own code misleads GCC's analysis.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()
