# leakprobe_add_test_program(NAME SOURCES a_test.cpp... LIBRARIES target... [DEFINITIONS X=y...] [SHARDS n])
#
# Makes one GoogleTest program and registers it with CTest, in `n` parts that may run side by side (one
# part a test would load LibTorch hundreds of times).
function(leakprobe_add_test_program NAME)
  cmake_parse_arguments(PARSE_ARGV 1 TEST "" "SHARDS" "SOURCES;LIBRARIES;DEFINITIONS")
  find_package(GTest REQUIRED QUIET)
  add_executable(${NAME} ${TEST_SOURCES})
  set_target_properties(${NAME} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests"
    BUILD_WITH_INSTALL_RPATH OFF)
  target_link_libraries(${NAME} PRIVATE ${TEST_LIBRARIES} GTest::gmock GTest::gtest_main)
  target_include_directories(${NAME} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_compile_definitions(${NAME} PRIVATE ${TEST_DEFINITIONS})
  target_compile_options(${NAME} PRIVATE ${leakprobe_false_warnings})
  if(LEAKPROBE_TEST_FIXTURES)
    target_compile_definitions(${NAME} PRIVATE LEAKPROBE_TEST_FIXTURES="${LEAKPROBE_TEST_FIXTURES}")
  endif()
  leakprobe_use_precompiled(${NAME})

  if(NOT TEST_SHARDS)
    set(TEST_SHARDS 1)
  endif()
  foreach(part RANGE 1 ${TEST_SHARDS})
    set(test ${NAME})
    if(TEST_SHARDS GREATER 1)
      string(APPEND test "_${part}_of_${TEST_SHARDS}")
    endif()
    math(EXPR index "${part} - 1")
    add_test(NAME ${test} COMMAND ${NAME})
    # Two programs with two waiting threads each on two cores would take turns for minutes.
    set_tests_properties(${test} PROPERTIES
      TIMEOUT 900
      ENVIRONMENT "OMP_NUM_THREADS=1;GTEST_TOTAL_SHARDS=${TEST_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()
