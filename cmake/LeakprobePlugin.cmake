# leakprobe_add_plugin(NAME SOURCES a.cpp... [TESTS a_test.cpp...])
#
# Makes the plugin library <build>/lib/leakprobe/plugins/NAME.so, where the program finds it, and from
# TESTS one program NAME_plugin_test that CTest runs. The same in this tree and, after
# find_package(leakprobe), in anyone else's.
#
# Only the plugin's entry point is visible outside it. A symbol the core does not have, its ABI
# fingerprint above all, fails at link time.
function(leakprobe_add_plugin NAME)
  cmake_parse_arguments(PARSE_ARGV 1 PLUGIN "" "" "SOURCES;TESTS")
  if(NOT PLUGIN_SOURCES)
    message(FATAL_ERROR "leakprobe_add_plugin(${NAME}): give at least one file after SOURCES")
  endif()
  if(PLUGIN_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "leakprobe_add_plugin(${NAME}): unknown argument ${PLUGIN_UNPARSED_ARGUMENTS}")
  endif()

  set(target leakprobe_plugin_${NAME})
  add_library(${target} MODULE ${PLUGIN_SOURCES})
  set_target_properties(${target} PROPERTIES
    PREFIX ""
    OUTPUT_NAME "${NAME}"
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/leakprobe/plugins")
  target_link_libraries(${target} PRIVATE leakprobe::core)
  target_link_options(${target} PRIVATE -Wl,-z,defs)
  if(COMMAND leakprobe_use_precompiled)
    leakprobe_use_precompiled(${target})
  endif()

  if(PLUGIN_TESTS AND (LEAKPROBE_BUILD_TESTS OR (BUILD_TESTING AND NOT DEFINED LEAKPROBE_BUILD_TESTS)))
    find_package(GTest REQUIRED)
    set(test ${NAME}_plugin_test)
    add_executable(${test} ${PLUGIN_TESTS} ${PLUGIN_SOURCES})
    target_link_libraries(${test} PRIVATE leakprobe::core GTest::gmock GTest::gtest_main)
    target_include_directories(${test} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_compile_definitions(${test} PRIVATE
      LEAKPROBE_PLUGIN_PATH_FOR_TESTS="$<TARGET_FILE:${target}>")
    if(COMMAND leakprobe_use_precompiled)
      leakprobe_use_precompiled(${test})
    endif()
    add_dependencies(${test} ${target})
    add_test(NAME ${test} COMMAND ${test})
  endif()
endfunction()
