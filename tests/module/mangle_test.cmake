# cmake -D MODULE_CMAKE=cmake/instar_module.cmake -P mangle_test.cmake
include(${MODULE_CMAKE})
foreach(pair "1.0=1_2e0" "1_0=1_5f0" "1-0=1_2d0" "1+0~a=1_2b0_7ea" "10=10"
    "1_2e0=1_5f2e0")
  string(REGEX MATCH "^([^=]*)=(.*)$" whole "${pair}")
  set(expected "${CMAKE_MATCH_2}")
  set(text "${CMAKE_MATCH_1}")
  instar_mangle("${text}" mangled)
  if(NOT mangled STREQUAL expected)
    message(FATAL_ERROR "${text} became ${mangled}, not ${expected}")
  endif()
endforeach()
