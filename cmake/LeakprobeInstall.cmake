# What find_package(leakprobe) finds, in the build tree and where it is installed.

set(package_folder "${PROJECT_BINARY_DIR}/cmake")
set(package_modules
    "${CMAKE_CURRENT_LIST_DIR}/FindLibTorch.cmake" "${CMAKE_CURRENT_LIST_DIR}/LibTorchSearch.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/LeakprobeFalseWarnings.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/LeakprobePlugin.cmake" "${CMAKE_CURRENT_LIST_DIR}/LeakprobePrecompiled.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/LeakprobeTest.cmake")

configure_file("${CMAKE_CURRENT_LIST_DIR}/leakprobeConfig.cmake.in"
               "${package_folder}/leakprobeConfig.cmake" @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file("${package_folder}/leakprobeConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
file(COPY ${package_modules} DESTINATION "${package_folder}")
export(TARGETS leakprobe_core leakprobe_seal NAMESPACE leakprobe:: FILE "${package_folder}/leakprobeTargets.cmake")

install(TARGETS leakprobe_core leakprobe_seal EXPORT leakprobe LIBRARY DESTINATION lib RUNTIME DESTINATION bin
        INCLUDES DESTINATION include)
install(DIRECTORY core/include/leakprobe "${PROJECT_BINARY_DIR}/generated/leakprobe" DESTINATION include
        FILES_MATCHING PATTERN "*.h")
install(EXPORT leakprobe NAMESPACE leakprobe:: FILE leakprobeTargets.cmake DESTINATION lib/cmake/leakprobe)
install(FILES ${package_modules} "${package_folder}/leakprobeConfig.cmake"
              "${package_folder}/leakprobeConfigVersion.cmake"
        DESTINATION lib/cmake/leakprobe)
