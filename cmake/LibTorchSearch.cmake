# Where is LibTorch? One answer for the configure step and for `./dev setup`, which runs this file
# with `cmake -P` and reads the root folder it prints.
#
# A place the user names is taken or refused, never passed over:
#   1. LibTorch_ROOT (CMake variable, then environment)
#   2. an entry of CMAKE_PREFIX_PATH (CMake variable, then environment) that holds a LibTorch;
#      torch.utils.cmake_prefix_path works too
# A place found by chance is passed over, with its reason, when it cannot be used:
#   3. the one this build folder used before
#   4. the torch package of python3
#   5. .deps/libtorch in the source folder, which `./dev setup` makes
#   6. the system (/usr/local, /usr)

set(LibTorch_MINIMUM_VERSION 2.7)
set(LibTorch_ADVICE
    "run `./dev setup`, which installs a LibTorch that fits into .deps, or name one with -DLibTorch_ROOT=DIR")

# Sets <out> to the root folder of the LibTorch that `folder` holds or belongs to, else to "".
function(libtorch_root_of folder out)
  cmake_path(SET path NORMALIZE "${folder}")
  string(REGEX REPLACE "/share/cmake(/Torch)?/?$" "" stripped "${path}")
  set(${out} "" PARENT_SCOPE)
  foreach(root IN ITEMS "${path}" "${path}/torch" "${path}/libtorch" "${stripped}")
    if(EXISTS "${root}/include/torch/csrc/api/include/torch/version.h"
       OR EXISTS "${root}/include/torch/headeronly/version.h")
      cmake_path(ABSOLUTE_PATH root NORMALIZE)
      string(REGEX REPLACE "/$" "" root "${root}")
      set(${out} "${root}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Sets <out> to the folder under `root` that holds libtorch_cpu, else to "".
function(libtorch_library_folder root out)
  file(GLOB found LIST_DIRECTORIES false "${root}/lib/libtorch_cpu.so"
       "${root}/lib64/libtorch_cpu.so" "${root}/lib/*-linux-gnu/libtorch_cpu.so")
  set(${out} "" PARENT_SCOPE)
  if(found)
    list(GET found 0 library)
    cmake_path(GET library PARENT_PATH library)
    set(${out} "${library}" PARENT_SCOPE)
  endif()
endfunction()

# Sets <out> to the version that the headers under `root` declare, as major.minor.patch, else to "".
function(libtorch_version root out)
  set(${out} "" PARENT_SCOPE)
  foreach(header IN ITEMS headeronly/version.h csrc/api/include/torch/version.h)
    if(NOT EXISTS "${root}/include/torch/${header}")
      continue()
    endif()
    file(STRINGS "${root}/include/torch/${header}" lines
         REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
    if(lines MATCHES "MAJOR +([0-9]+).*MINOR +([0-9]+).*PATCH +([0-9]+)")
      set(${out} "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Sets <folders> to where the shared libraries of LibTorch and of the wheels beside it lie.
function(libtorch_runtime_folders root folders)
  libtorch_library_folder("${root}" library_folder)
  file(GLOB beside LIST_DIRECTORIES true "${root}/../nvidia/*/lib")
  set(${folders} "${library_folder}" ${beside} PARENT_SCOPE)
endfunction()

# Sets <missing> to the CUDA libraries that the libraries in ARGN need directly and that lie neither in
# LibTorch's own folders nor where the system's loader looks: without them no program that uses these
# libraries starts.
function(libtorch_missing_libraries root missing)
  set(result "")
  find_program(LibTorch_READELF NAMES readelf llvm-readelf llvm-readelf-14)
  mark_as_advanced(LibTorch_READELF)
  if(LibTorch_READELF)
    execute_process(COMMAND "${LibTorch_READELF}" -d ${ARGN} OUTPUT_VARIABLE dynamic ERROR_QUIET)
    string(REGEX MATCHALL "lib(cu|nv|nccl)[A-Za-z_]*\\.so[.0-9]*" needed "${dynamic}")
    list(REMOVE_DUPLICATES needed)
    libtorch_runtime_folders("${root}" folders)
    execute_process(COMMAND /sbin/ldconfig -p OUTPUT_VARIABLE known_to_loader ERROR_QUIET)
    foreach(name IN LISTS needed)
      list(TRANSFORM folders APPEND "/${name}" OUTPUT_VARIABLE places)
      file(GLOB at ${places})
      string(FIND "${known_to_loader}" "\t${name} " in_cache)
      if(NOT at AND in_cache EQUAL -1)
        list(APPEND result "${name}")
      endif()
    endforeach()
  endif()
  set(${missing} "${result}" PARENT_SCOPE)
endfunction()

# Sets <reason> to one clause on why the LibTorch at `root` cannot be used, or to "" when it can.
function(libtorch_refusal root reason)
  libtorch_version("${root}" version)
  libtorch_library_folder("${root}" folder)
  set(why "")
  if(NOT folder)
    set(why "it has headers but no libtorch_cpu.so")
  elseif(NOT version OR version VERSION_LESS LibTorch_MINIMUM_VERSION)
    set(why "it is version ${version}, and leakprobe needs ${LibTorch_MINIMUM_VERSION} or newer")
    if(root STREQUAL "/usr")
      string(APPEND why " (Debian's libtorch-dev is too old)")
    endif()
  else()
    # c10::Error's constructor takes a std::string of one ABI or the other.
    file(STRINGS "${folder}/libc10.so" new_abi REGEX "_ZN3c105ErrorC.E.*__cxx11" LIMIT_COUNT 1)
    libtorch_missing_libraries("${root}" missing "${folder}/libtorch_cpu.so")
    if(NOT new_abi)
      set(why "it was built with the old C++ ABI (_GLIBCXX_USE_CXX11_ABI=0)")
    elseif(missing)
      list(JOIN missing " and " names)
      set(why "its libtorch_cpu.so needs ${names} (the wheels nvidia-cuda-runtime and nvidia-cuda-cupti, in the versions that this torch names, bring them)")
    endif()
  endif()
  set(${reason} "${why}" PARENT_SCOPE)
endfunction()

# Sets <out> to the folder of python3's torch package, without importing it, else to "".
function(libtorch_of_python out)
  set(${out} "" PARENT_SCOPE)
  find_program(LibTorch_PYTHON NAMES python3 python)
  mark_as_advanced(LibTorch_PYTHON)
  if(LibTorch_PYTHON)
    execute_process(
      COMMAND "${LibTorch_PYTHON}" -c
              "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
      OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    set(${out} "${folder}" PARENT_SCOPE)
  endif()
endfunction()

# Sets <root_out> to the root of the LibTorch to use, or to "" and <reason_out> to a sentence; sets
# LibTorch_PASSED_OVER to a sentence about each place found by chance that cannot be used.
function(libtorch_search source_folder remembered root_out reason_out)
  set(${root_out} "" PARENT_SCOPE)
  set(${reason_out} "" PARENT_SCOPE)

  set(named "")
  set(named_by "")
  if(LibTorch_ROOT)
    set(named "${LibTorch_ROOT}")
    set(named_by "LibTorch_ROOT=${named}")
  elseif(DEFINED ENV{LibTorch_ROOT} AND NOT "$ENV{LibTorch_ROOT}" STREQUAL "")
    set(named "$ENV{LibTorch_ROOT}")
    set(named_by "LibTorch_ROOT=${named} (environment)")
  else()
    string(REPLACE ":" ";" environment_prefixes "$ENV{CMAKE_PREFIX_PATH}")
    foreach(prefix IN LISTS CMAKE_PREFIX_PATH environment_prefixes)
      libtorch_root_of("${prefix}" root)
      if(root)
        set(named "${prefix}")
        set(named_by "CMAKE_PREFIX_PATH entry ${prefix}")
        break()
      endif()
    endforeach()
  endif()
  if(named)
    libtorch_root_of("${named}" root)
    if(NOT root)
      set(${reason_out} "${named_by} holds no LibTorch (no include/torch below it): ${LibTorch_ADVICE}"
          PARENT_SCOPE)
      return()
    endif()
    libtorch_refusal("${root}" refusal)
    if(refusal)
      set(${reason_out} "LibTorch at ${root} (${named_by}) cannot be used, because ${refusal}: ${LibTorch_ADVICE}"
          PARENT_SCOPE)
    else()
      set(${root_out} "${root}" PARENT_SCOPE)
    endif()
    return()
  endif()

  libtorch_of_python(python_torch)
  set(passed_over "")
  foreach(place IN ITEMS "${remembered}" "${python_torch}" "${source_folder}/.deps/libtorch" /usr/local /usr)
    if(NOT place)
      continue()
    endif()
    libtorch_root_of("${place}" root)
    if(NOT root)
      continue()
    endif()
    libtorch_refusal("${root}" refusal)
    if(NOT refusal)
      set(${root_out} "${root}" PARENT_SCOPE)
      set(LibTorch_PASSED_OVER "${passed_over}" PARENT_SCOPE)
      return()
    endif()
    list(APPEND passed_over "LibTorch at ${root} cannot be used, because ${refusal}")
  endforeach()
  list(REMOVE_DUPLICATES passed_over)
  if(NOT passed_over)
    set(passed_over "no LibTorch found")
  endif()
  list(JOIN passed_over ", " passed_over)
  set(${reason_out} "${passed_over}: ${LibTorch_ADVICE}" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source_folder)
  set(remembered "")
  if(EXISTS "${source_folder}/build/CMakeCache.txt")
    file(STRINGS "${source_folder}/build/CMakeCache.txt" remembered REGEX "^LibTorch_REMEMBERED:")
    string(REGEX REPLACE "^[^=]*=" "" remembered "${remembered}")
  endif()
  libtorch_search("${source_folder}" "${remembered}" root reason)
  if(NOT root)
    message(FATAL_ERROR "${reason}")
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${root}")
endif()
