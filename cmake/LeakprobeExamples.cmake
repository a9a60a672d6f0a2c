# The experiments that `leakprobe examples` lists and `leakprobe copy` gives, in share/leakprobe of the build
# tree and of the installation, with the schemas to which their first lines lead editors. The plugin of
# examples/plugin is not among them: `leakprobe new` makes one.

file(GLOB_RECURSE example_files CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
     "${PROJECT_SOURCE_DIR}/examples/*.yaml" "${PROJECT_SOURCE_DIR}/examples/*.jsonl"
     "${PROJECT_SOURCE_DIR}/docs/reference/*.schema.json")
list(FILTER example_files EXCLUDE REGEX "^examples/plugin/")
set(example_copies)
foreach(file IN LISTS example_files)
  set(copy "${PROJECT_BINARY_DIR}/share/leakprobe/${file}")
  add_custom_command(OUTPUT "${copy}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${PROJECT_SOURCE_DIR}/${file}" "${copy}"
    DEPENDS "${PROJECT_SOURCE_DIR}/${file}" VERBATIM)
  list(APPEND example_copies "${copy}")
  cmake_path(GET file PARENT_PATH folder)
  install(FILES "${PROJECT_SOURCE_DIR}/${file}" DESTINATION "share/leakprobe/${folder}")
endforeach()
add_custom_target(leakprobe_example_files ALL DEPENDS ${example_copies})
