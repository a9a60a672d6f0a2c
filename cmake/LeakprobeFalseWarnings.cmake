# GCC 12 sees overflows in std::string and std::vector that are not there (its bugs 105329, 105651 and
# 107852); newer ones do not.

set(leakprobe_false_warnings "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(leakprobe_false_warnings
      -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
endif()
