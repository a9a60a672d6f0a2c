# leakprobe_add_plugin(NAME SOURCES a.cpp... [TESTS a_test.cpp...] [LIBRARIES target...])
#
# Makes the plugin library <build>/lib/leakprobe/plugins/NAME.so and, from TESTS and the plugin's own
# objects, one program NAME_plugin_test that CTest runs. The program leakprobe finds the library when both
# lie in one build or install tree; otherwise name its folder with --plugin-path. It is the same in this
# tree and, after find_package(leakprobe), in anyone else's; there BUILD_TESTING decides about tests.
#
# Once it is linked leakprobe-seal writes a checksum into the library, without which leakprobe does not
# load it. Installing and stripping leave it valid; who changes the library otherwise (chrpath, patchelf)
# runs leakprobe-seal on it again.
#
# Only the plugin's entry point is visible outside it, and a symbol that the core lacks, its ABI
# fingerprint above all, fails at link time.

include("${CMAKE_CURRENT_LIST_DIR}/LeakprobeFalseWarnings.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/LeakprobePrecompiled.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/LeakprobeTest.cmake")

# Seals the library of `target`, which holds a LEAKPROBE_PLUGIN block, each time it is linked.
function(leakprobe_seal_library target)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND "$<TARGET_FILE:leakprobe::seal>" "$<TARGET_FILE:${target}>" VERBATIM)
endfunction()

function(leakprobe_add_plugin NAME)
  cmake_parse_arguments(PARSE_ARGV 1 PLUGIN "" "" "SOURCES;TESTS;LIBRARIES")
  if(NOT PLUGIN_SOURCES)
    message(FATAL_ERROR "leakprobe_add_plugin(${NAME}): give at least one file after SOURCES")
  endif()
  if(PLUGIN_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "leakprobe_add_plugin(${NAME}): unknown argument ${PLUGIN_UNPARSED_ARGUMENTS}")
  endif()

  set(objects ${NAME}_plugin_objects)
  add_library(${objects} OBJECT ${PLUGIN_SOURCES})
  set_target_properties(${objects} PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${objects} PUBLIC leakprobe::core ${PLUGIN_LIBRARIES})
  target_compile_options(${objects} PRIVATE ${leakprobe_false_warnings})
  leakprobe_use_precompiled(${objects})

  set(plugin ${NAME}_plugin)
  add_library(${plugin} MODULE)
  set_target_properties(${plugin} PROPERTIES
    PREFIX ""
    OUTPUT_NAME "${NAME}"
    LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/leakprobe/plugins"
    BUILD_WITH_INSTALL_RPATH ON
    INSTALL_RPATH "$ORIGIN/../..;${LibTorch_LIBRARY_DIR}")
  target_link_libraries(${plugin} PRIVATE ${objects})
  target_link_options(${plugin} PRIVATE -Wl,-z,defs)
  leakprobe_seal_library(${plugin})
  install(TARGETS ${plugin} LIBRARY DESTINATION lib/leakprobe/plugins)

  if(DEFINED LEAKPROBE_BUILD_TESTS)
    set(with_tests "${LEAKPROBE_BUILD_TESTS}")
  else()
    set(with_tests "${BUILD_TESTING}")
  endif()
  if(PLUGIN_TESTS AND with_tests)
    leakprobe_add_test_program(${NAME}_plugin_test
      SOURCES ${PLUGIN_TESTS}
      LIBRARIES ${objects}
      DEFINITIONS LEAKPROBE_PLUGIN_PATH_FOR_TESTS="$<TARGET_FILE:${plugin}>")
    add_dependencies(${NAME}_plugin_test ${plugin})
  endif()
endfunction()
