# The libraries the core is made of, as one target that only the core and its own tests link.

find_package(yaml-cpp 0.7 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

add_library(leakprobe_dependencies INTERFACE)
target_link_libraries(leakprobe_dependencies INTERFACE
  yaml-cpp spdlog::spdlog nlohmann_json::nlohmann_json OpenSSL::Crypto Boost::headers
  PkgConfig::PCRE2 PkgConfig::UTF8PROC PkgConfig::XXHASH ${CMAKE_DL_LIBS})
target_compile_definitions(leakprobe_dependencies INTERFACE
  BOOST_DLL_USE_STD_FS PCRE2_CODE_UNIT_WIDTH=8)
