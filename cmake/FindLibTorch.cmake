# Finds LibTorch as a PyPI wheel, an official archive or a system package, with or without a GPU.
#
# LibTorch's own TorchConfig.cmake cannot be used: a CUDA build of it stops without nvcc and asks the
# linker for libraries that running on a CPU does not need. This module links what that needs; the
# program loads libtorch_cuda when an experiment asks for a GPU.
#
# Targets:  LibTorch::LibTorch   headers, libtorch_cpu, libc10
# Results:  LibTorch_FOUND  LibTorch_VERSION  LibTorch_FLAVOUR (wheel | archive | system)
#           LibTorch_LIBRARY_DIR  LibTorch_DIRECTORY
# Where it looks, and in which order: LibTorchSearch.cmake.

include("${CMAKE_CURRENT_LIST_DIR}/LibTorchSearch.cmake")
include(FindPackageHandleStandardArgs)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH _libtorch_source)
libtorch_search("${_libtorch_source}" "${LibTorch_REMEMBERED}" LibTorch_DIRECTORY _libtorch_reason)
foreach(_libtorch_other IN LISTS LibTorch_PASSED_OVER)
  message(STATUS "Passed over: ${_libtorch_other}")
endforeach()
if(LibTorch_DIRECTORY)
  set(LibTorch_REMEMBERED "${LibTorch_DIRECTORY}" CACHE INTERNAL "The LibTorch this build folder uses")
  libtorch_version("${LibTorch_DIRECTORY}" LibTorch_VERSION)
  libtorch_library_folder("${LibTorch_DIRECTORY}" LibTorch_LIBRARY_DIR)
  if(EXISTS "${LibTorch_DIRECTORY}/__init__.py")
    set(LibTorch_FLAVOUR wheel)
  elseif(EXISTS "${LibTorch_DIRECTORY}/build-version")
    set(LibTorch_FLAVOUR archive)
  else()
    set(LibTorch_FLAVOUR system)
  endif()
endif()

find_package_handle_standard_args(
  LibTorch
  REQUIRED_VARS LibTorch_DIRECTORY LibTorch_LIBRARY_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "${_libtorch_reason}")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  find_package(Threads REQUIRED QUIET)

  # LibTorch's include folder also carries copies of fmt, protobuf and others that would hide the
  # system's; the compiler sees a folder with links to LibTorch's own parts only.
  set(_libtorch_view "${CMAKE_BINARY_DIR}/libtorch-include")
  file(MAKE_DIRECTORY "${_libtorch_view}")
  foreach(_part IN ITEMS torch ATen c10 caffe2)
    file(CREATE_LINK "${LibTorch_DIRECTORY}/include/${_part}" "${_libtorch_view}/${_part}" SYMBOLIC)
  endforeach()

  foreach(_library IN ITEMS c10 torch_cpu)
    add_library(LibTorch::${_library} SHARED IMPORTED)
    set_target_properties(LibTorch::${_library} PROPERTIES
      IMPORTED_LOCATION "${LibTorch_LIBRARY_DIR}/lib${_library}.so")
  endforeach()
  libtorch_runtime_folders("${LibTorch_DIRECTORY}" _libtorch_folders)
  list(TRANSFORM _libtorch_folders PREPEND "-Wl,-rpath-link," OUTPUT_VARIABLE _libtorch_rpath_links)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  set_target_properties(LibTorch::LibTorch PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${_libtorch_view};${_libtorch_view}/torch/csrc/api/include"
    INTERFACE_COMPILE_FEATURES cxx_std_20
    INTERFACE_LINK_LIBRARIES "LibTorch::torch_cpu;LibTorch::c10;Threads::Threads"
    INTERFACE_LINK_OPTIONS "${_libtorch_rpath_links}")
endif()
