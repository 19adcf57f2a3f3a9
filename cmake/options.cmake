# instar_options: what every target of ours is compiled with. Other projects get
# it with instar::runtime, so what is only for our own sources (warnings, what we
# do not want to use) stays in this build.
add_library(instar_options INTERFACE)
set_target_properties(instar_options PROPERTIES EXPORT_NAME options)
target_include_directories(instar_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/instar>)
target_compile_features(instar_options INTERFACE cxx_std_20)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(instar_options INTERFACE
    "$<BUILD_INTERFACE:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion>"
    $<BUILD_INTERFACE:$<$<BOOL:${INSTAR_WERROR}>:-Werror>>)
  target_compile_definitions(instar_options INTERFACE
    $<BUILD_INTERFACE:BOOST_ASIO_NO_DEPRECATED>
    $<BUILD_INTERFACE:BOOST_FILESYSTEM_NO_DEPRECATED>)
endif()
target_compile_options(instar_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-fcoroutines>)
# With doubt about a sanitizer's runtime, every object of the process is built
# with the same one: modules, runtime, tests, and what others build.
if(INSTAR_SANITIZE)
  set(instar_sanitizer -fsanitize=${INSTAR_SANITIZE} -fno-omit-frame-pointer -g)
  add_compile_options(${instar_sanitizer})
  add_link_options(-fsanitize=${INSTAR_SANITIZE})
  target_compile_options(instar_options INTERFACE ${instar_sanitizer})
  target_link_options(instar_options INTERFACE -fsanitize=${INSTAR_SANITIZE})
endif()

# instar_cold(TARGET): what runs rarely is built for a short build, not for speed.
function(instar_cold target)
  # g++ 12 sees overruns in std::string where it inlines little.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-restrict
      -Wno-stringop-overflow -Wno-stringop-overread>)
endfunction()

# instar_precompile(TARGET): the headers that most files use, compiled once.
function(instar_precompile target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <atomic> <chrono> <cstdint> <functional> <map> <memory>
    <mutex> <optional> <string> <string_view> <utility> <variant> <vector>
    <boost/json/value.hpp> <boost/system/result.hpp> <fmt/format.h>)
endfunction()

# instar_headers(TARGET): the folder's headers as a set, so that `./dev check` can
# compile each one alone.
function(instar_headers target)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp
    ${CMAKE_CURRENT_SOURCE_DIR}/detail/*.hpp)
  target_sources(${target} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
endfunction()
