# Debian 12's packages. Boost is named by its version: Debian's default is 1.74.
find_program(INSTAR_CCACHE ccache)
if(INSTAR_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # As ccache's manual says for precompiled headers; without it nearly every file
  # is compiled again.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${INSTAR_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-fpch-preprocess)
  endif()
endif()
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json filesystem regex)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(INSTAR_ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(INSTAR_ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(INSTAR_SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(INSTAR_NCURSES REQUIRED IMPORTED_TARGET ncursesw)
find_package(OpenSSL 3 REQUIRED)
find_path(INSTAR_CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
if(INSTAR_BUILD_TESTS)
  find_path(INSTAR_DOCTEST_INCLUDE doctest/doctest.h REQUIRED)
endif()
