# Writes leakprobe/abi.h: what a plugin and the core must agree on to be loaded together.
#
# cmake -DHEADERS_FOLDER=... -DOUTPUT=... -P WriteAbiHeader.cmake
#
# The hash covers all public headers in the order of their names, without comments and with every run of
# whitespace as one space, so that editing a comment does not make plugins incompatible.

set(LEAKPROBE_API_VERSION 1)

cmake_path(ABSOLUTE_PATH HEADERS_FOLDER)
file(GLOB_RECURSE headers RELATIVE "${HEADERS_FOLDER}" "${HEADERS_FOLDER}/*.h")
list(SORT headers)
if(NOT headers)
  message(FATAL_ERROR "WriteAbiHeader.cmake: no headers below HEADERS_FOLDER '${HEADERS_FOLDER}'")
endif()
set(all "")
foreach(header IN LISTS headers)
  file(READ "${HEADERS_FOLDER}/${header}" text)
  # An address in a string literal is no comment.
  string(REPLACE "://" ":/" text "${text}")
  string(REGEX REPLACE "//[^\n]*|/\\*([^*]|\\*+[^*/])*\\*+/" " " text "${text}")
  string(REGEX REPLACE "[ \t\r\n]+" " " text "${text}")
  string(APPEND all "${header}\n${text}\n")
endforeach()
string(SHA256 hash "${all}")
string(SUBSTRING "${hash}" 0 16 hash)

file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[
#pragma once
// Made by cmake/WriteAbiHeader.cmake. The facts below are those of the file that includes this header,
// so the core and a plugin each state what they were themselves compiled with.
#include <torch/version.h>

#include <string>  // _GLIBCXX_USE_CXX11_ABI

// Version of the plugin interface.
#define LEAKPROBE_API_VERSION @LEAKPROBE_API_VERSION@
// First 16 hexadecimal digits of SHA-256 over the public headers without comments.
#define LEAKPROBE_HEADERS_HASH "@hash@"

#define LEAKPROBE_ABI_JOIN_VALUES(hash, major, minor, abi) \
  v@LEAKPROBE_API_VERSION@_##hash##_t##major##_##minor##_abi##abi
#define LEAKPROBE_ABI_JOIN(hash, major, minor, abi) LEAKPROBE_ABI_JOIN_VALUES(hash, major, minor, abi)
// An identifier made of interface version, headers, LibTorch version and C++ ABI, such as
// v1_0123456789abcdef_t2_15_abi1, to be joined into the names of symbols.
#define LEAKPROBE_ABI_SYMBOL_SUFFIX \
  LEAKPROBE_ABI_JOIN(@hash@, TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, _GLIBCXX_USE_CXX11_ABI)
]])
