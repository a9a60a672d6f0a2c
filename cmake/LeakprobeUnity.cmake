# leakprobe_compile_together(target)
#
# Compiles the files of each folder of `target` a few at a time, as if they were one: most of a file's
# time goes into LibTorch's and the standard library's templates, so a build from nothing takes less than
# half as long. Two files of a folder must not give different things one name. Without it
# compile_commands.json names each file, as language servers want it.

option(LEAKPROBE_UNITY "Compile several files at a time" OFF)
set(LEAKPROBE_UNITY_FILES 6)

function(leakprobe_compile_together target)
  if(NOT LEAKPROBE_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(SORT sources)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    if(NOT DEFINED files_of_${folder})
      set(files_of_${folder} 0)
    endif()
    math(EXPR group "${files_of_${folder}} / ${LEAKPROBE_UNITY_FILES}")
    math(EXPR files_of_${folder} "${files_of_${folder}} + 1")
    string(REGEX REPLACE "^.*_(src|cli)_?" "" name "${folder}")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${name}_${group}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
