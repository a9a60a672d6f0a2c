# The projects that `leakprobe new` makes, a folder of templates/ for each kind of plugin: their files in
# share/leakprobe/templates of the build tree and of the installation, and, where tests are built, their
# plugins and tests as parts of this tree.

set(templates_folder "${PROJECT_SOURCE_DIR}/templates")
file(GLOB template_files CONFIGURE_DEPENDS RELATIVE "${templates_folder}" "${templates_folder}/*/*")
set(template_copies)
set(template_kinds)
foreach(file IN LISTS template_files)
  set(copy "${PROJECT_BINARY_DIR}/share/leakprobe/templates/${file}")
  add_custom_command(OUTPUT "${copy}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${templates_folder}/${file}" "${copy}"
    DEPENDS "${templates_folder}/${file}" VERBATIM)
  list(APPEND template_copies "${copy}")
  cmake_path(GET file PARENT_PATH kind)
  list(APPEND template_kinds "${kind}")
  install(FILES "${templates_folder}/${file}" DESTINATION "share/leakprobe/templates/${kind}")
endforeach()
list(REMOVE_DUPLICATES template_kinds)
add_custom_target(leakprobe_template_files ALL DEPENDS ${template_copies})

if(NOT LEAKPROBE_BUILD_TESTS)
  return()
endif()

# What they find as the package leakprobe is this tree.
file(WRITE "${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/leakprobe-config.cmake" "")
file(WRITE "${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/leakprobe-config-version.cmake"
     "set(PACKAGE_VERSION_COMPATIBLE TRUE)\n")

# Not where the program looks for plugins, and not installed.
set(template_plugins "${PROJECT_BINARY_DIR}/lib/leakprobe/templates")
add_custom_target(leakprobe_templates ALL)
foreach(kind IN LISTS template_kinds)
  add_subdirectory("${templates_folder}/${kind}" "${PROJECT_BINARY_DIR}/templates/${kind}" EXCLUDE_FROM_ALL)
  set_target_properties(example_${kind}_plugin PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${template_plugins}")
  add_dependencies(leakprobe_templates example_${kind}_plugin example_${kind}_plugin_test)

  # The experiment is for where the project's own build folder is.
  add_test(NAME template_${kind}_runs
    COMMAND leakprobe run "${templates_folder}/${kind}/example_${kind}.yaml" --fresh --quiet
      "plugins=[${template_plugins}/example_${kind}.so]" --out "${PROJECT_BINARY_DIR}/templates/${kind}/run")
  set_tests_properties(template_${kind}_runs PROPERTIES ENVIRONMENT OMP_NUM_THREADS=1)

  if(LEAKPROBE_SANITIZE)
    continue()  # a program without the sanitizers cannot load a core that has them
  endif()
  # As its author has it: written by the program, built and tested outside of this tree, run as the last
  # lines that the program prints say.
  add_test(NAME new_${kind}
    COMMAND "${PROJECT_SOURCE_DIR}/tests/cli/new_project_test.sh" "$<TARGET_FILE:leakprobe>" ${kind}
            "${PROJECT_BINARY_DIR}/new_projects/${kind}")
  set_tests_properties(new_${kind} PROPERTIES LABELS slow TIMEOUT 1800
    ENVIRONMENT "OMP_NUM_THREADS=1;CMAKE_GENERATOR=${CMAKE_GENERATOR};CXX=${CMAKE_CXX_COMPILER};CXXFLAGS=${CMAKE_CXX_FLAGS};CMAKE_CXX_COMPILER_LAUNCHER=${LEAKPROBE_CCACHE}")
endforeach()
