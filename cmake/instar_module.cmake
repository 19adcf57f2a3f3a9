# Builds modules and applications, in instar's own build and for those who have
# found its package: nothing here may depend on where instar's sources are.
#
#   instar_add_module(NAME VERSION v SOURCES file... [LIBRARIES ...]
#                     [SHARED_LIBRARIES soname...] [APPLICATION app]
#                     [OUTPUT_FOLDER dir] [PINNED] [NO_CHECK])
# The module NAME as the target NAME-v (~ becomes _ in it). The file is NAME.so in
# <build>/modules/APP-v/ (APP is NAME where none is given) or in OUTPUT_FOLDER.
# LIBRARIES must be static or header-only: a shared one is refused by the check,
# unless SHARED_LIBRARIES names it, as the application's manifest must do too.
#
#   instar_add_application(NAME VERSION v MODULES m... [SOURCE_DIR dir...]
#                          [LIBRARIES ...] [SHARED_LIBRARIES soname...]
#                          [OUTPUT_DIR dir] [NO_CHECK])
# Each module m is made of SOURCE_DIR/m.cpp, in the first SOURCE_DIR that has it,
# so that two versions can share what is equal; the target m-v may get more
# sources. The target NAME-v-app fills OUTPUT_DIR/lib/NAME-v/ with app.yaml,
# appup.yaml, modules/ and priv/, all but the modules from the first SOURCE_DIR.
# OUTPUT_DIR is INSTAR_OUTPUT_DIR or <build>/lib_apps where it is not given.
#
# What is built is checked as a node would check it, each module after its link and
# each application when it is complete, unless NO_CHECK is given.
cmake_policy(VERSION 3.25)

# Every character that is no letter or digit becomes _XX, its code in hexadecimal,
# so that two versions never share a name.
function(instar_mangle text result)
  set(mangled "")
  string(LENGTH "${text}" length)
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 1 character)
    if(NOT character MATCHES "^[A-Za-z0-9]$")
      string(HEX "${character}" character)
      set(character "_${character}")
    endif()
    string(APPEND mangled "${character}")
    math(EXPR at "${at} + 1")
  endwhile()
  set(${result} "${mangled}" PARENT_SCOPE)
endfunction()

# instar_check_call(CALL PREFIX KEYWORD...): after cmake_parse_arguments, that
# nothing was misspelt and that these keywords are there.
macro(instar_check_call call prefix)
  if(${prefix}_UNPARSED_ARGUMENTS)
    list(JOIN ${prefix}_UNPARSED_ARGUMENTS " " instar_unknown)
    message(FATAL_ERROR "${call}: unknown argument ${instar_unknown}")
  endif()
  foreach(instar_keyword ${ARGN})
    if("${${prefix}_${instar_keyword}}" STREQUAL "")
      message(FATAL_ERROR "${call}: ${instar_keyword} is missing")
    endif()
  endforeach()
endmacro()

# The names and versions that a node takes (base/names.hpp).
function(instar_check_name call what name)
  string(LENGTH "${name}" length)
  if(NOT name MATCHES "^[a-z][A-Za-z0-9_]*$" OR length GREATER 255)
    message(FATAL_ERROR "${call}: \"${name}\" is no name of ${what}: a small "
      "letter, then letters, digits and _")
  endif()
endfunction()
function(instar_check_version call version)
  string(LENGTH "${version}" length)
  if(NOT version MATCHES "^[A-Za-z0-9][A-Za-z0-9._+~-]*$" OR length GREATER 64)
    message(FATAL_ERROR "${call}: \"${version}\" is no version: a letter or a "
      "digit, then at most 63 letters, digits and . _ + ~ -")
  endif()
endfunction()

# A target's name has no ~.
function(instar_target_name name version result)
  string(REPLACE "~" "_" target "${name}-${version}")
  set(${result} "${target}" PARENT_SCOPE)
endfunction()

# What makes a shared object one that can be loaded beside its other versions, and
# unloaded again.
function(instar_set_module_flags target name folder)
  set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/module.map")
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY "${folder}"
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    # It is loaded from a copy elsewhere: a RUNPATH would be void.
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH ""
    INSTALL_RPATH_USE_LINK_PATH OFF NO_SONAME ON
    LINK_DEPENDS "${map}")
  # A project's settings for one configuration would win over those above.
  foreach(configuration IN LISTS CMAKE_CONFIGURATION_TYPES CMAKE_BUILD_TYPE)
    string(TOUPPER "${configuration}" configuration)
    set_target_properties(${target} PROPERTIES
      ${configuration}_POSTFIX ""
      LIBRARY_OUTPUT_DIRECTORY_${configuration} "${folder}")
  endforeach()
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>
    -ftls-model=global-dynamic)
  # --as-needed: the runtime names libraries that a module may not use.
  target_link_options(${target} PRIVATE "LINKER:--version-script=${map}"
    LINKER:-z,now LINKER:-z,relro LINKER:-z,noexecstack LINKER:--build-id=sha1
    LINKER:--as-needed)
  if(NOT INSTAR_SANITIZE)
    # clang leaves the sanitizer's runtime undefined in shared objects.
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()

function(instar_add_module name)
  set(call "instar_add_module(${name})")
  cmake_parse_arguments(PARSE_ARGV 1 M "PINNED;NO_CHECK"
    "VERSION;APPLICATION;OUTPUT_FOLDER" "SOURCES;LIBRARIES;SHARED_LIBRARIES")
  instar_check_call("${call}" M VERSION SOURCES)
  instar_check_name("${call}" "a module" "${name}")
  instar_check_version("${call}" "${M_VERSION}")
  instar_target_name(${name} ${M_VERSION} target)
  if(TARGET ${target})
    message(FATAL_ERROR "${call}: there is a target ${target} already")
  endif()
  if(NOT M_APPLICATION)
    set(M_APPLICATION ${name})
  endif()
  if(NOT M_OUTPUT_FOLDER)
    set(M_OUTPUT_FOLDER
      "${CMAKE_BINARY_DIR}/modules/${M_APPLICATION}-${M_VERSION}")
  endif()
  cmake_path(ABSOLUTE_PATH M_OUTPUT_FOLDER
    BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE)
  instar_mangle("${name}" mangled_name)
  instar_mangle("${M_VERSION}" mangled_vsn)

  add_library(${target} MODULE ${M_SOURCES})
  instar_set_module_flags(${target} ${name} "${M_OUTPUT_FOLDER}")
  # _v cannot occur in what instar_mangle makes, so name and version stay apart.
  target_compile_definitions(${target} PRIVATE
    INSTAR_MODULE_NAME="${name}"
    INSTAR_MODULE_VSN="${M_VERSION}"
    INSTAR_MODULE_PINNED=$<BOOL:${M_PINNED}>
    INSTAR_VSN=instar_v_${mangled_name}_v${mangled_vsn})
  target_link_libraries(${target} PRIVATE instar::runtime ${M_LIBRARIES})

  if(NOT M_NO_CHECK)
    list(TRANSFORM M_SHARED_LIBRARIES PREPEND "--allow=")
    add_custom_command(TARGET ${target} POST_BUILD
      COMMAND instar::instar-module-check $<$<BOOL:${M_PINNED}>:--pinned>
        ${M_SHARED_LIBRARIES} $<TARGET_FILE:${target}>
      COMMAND_EXPAND_LISTS VERBATIM)
    add_dependencies(${target} instar::instar-module-check)
  endif()
endfunction()

# instar_find_sources(CALL FOLDERS MODULES RESULT): MODULE.cpp of each.
function(instar_find_sources call folders modules result)
  set(found "")
  foreach(module IN LISTS modules)
    set(source "")
    foreach(folder IN LISTS folders)
      if(NOT source AND EXISTS "${folder}/${module}.cpp")
        set(source "${folder}/${module}.cpp")
      endif()
    endforeach()
    if(NOT source)
      list(JOIN folders ", " places)
      message(FATAL_ERROR "${call}: no ${module}.cpp in ${places}")
    endif()
    list(APPEND found "${source}")
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

function(instar_add_application name)
  set(call "instar_add_application(${name})")
  cmake_parse_arguments(PARSE_ARGV 1 A "NO_CHECK" "VERSION;OUTPUT_DIR"
    "MODULES;SOURCE_DIR;LIBRARIES;SHARED_LIBRARIES")
  instar_check_call("${call}" A VERSION MODULES)
  instar_check_name("${call}" "an application" "${name}")
  instar_check_version("${call}" "${A_VERSION}")
  foreach(module IN LISTS A_MODULES)
    instar_check_name("${call}" "a module" "${module}")
  endforeach()
  set(once ${A_MODULES})
  list(REMOVE_DUPLICATES once)
  if(NOT once STREQUAL A_MODULES)
    message(FATAL_ERROR "${call}: MODULES names a module twice")
  endif()

  if(NOT A_SOURCE_DIR)
    set(A_SOURCE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  set(folders "")
  foreach(folder IN LISTS A_SOURCE_DIR)
    cmake_path(ABSOLUTE_PATH folder NORMALIZE)
    if(NOT IS_DIRECTORY "${folder}")
      message(FATAL_ERROR "${call}: SOURCE_DIR ${folder} is no folder")
    endif()
    list(APPEND folders "${folder}")
  endforeach()
  list(GET folders 0 own)
  if(NOT EXISTS "${own}/app.yaml")
    message(FATAL_ERROR "${call}: no app.yaml in ${own}")
  endif()
  instar_find_sources("${call}" "${folders}" "${A_MODULES}" sources)

  if(NOT A_OUTPUT_DIR)
    set(A_OUTPUT_DIR "${INSTAR_OUTPUT_DIR}")
  endif()
  if(NOT A_OUTPUT_DIR)
    set(A_OUTPUT_DIR "${CMAKE_BINARY_DIR}/lib_apps")
  endif()
  cmake_path(ABSOLUTE_PATH A_OUTPUT_DIR
    BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE)
  set(output "${A_OUTPUT_DIR}/lib/${name}-${A_VERSION}")

  # What is written only later, or taken away, is noticed by the next build.
  file(GLOB given CONFIGURE_DEPENDS
    "${own}/app.yaml" "${own}/appup.yaml" "${own}/priv")
  set(parts "")
  foreach(manifest app.yaml appup.yaml)
    if("${own}/${manifest}" IN_LIST given)
      add_custom_command(OUTPUT "${output}/${manifest}"
        COMMAND ${CMAKE_COMMAND} -E copy "${own}/${manifest}"
          "${output}/${manifest}"
        DEPENDS "${own}/${manifest}" VERBATIM)
      list(APPEND parts "${output}/${manifest}")
    else()
      file(REMOVE "${output}/${manifest}")
    endif()
  endforeach()
  set(no_check "")
  if(A_NO_CHECK)
    set(no_check NO_CHECK)
  endif()
  foreach(module source IN ZIP_LISTS A_MODULES sources)
    instar_add_module(${module} VERSION ${A_VERSION} APPLICATION ${name}
      OUTPUT_FOLDER "${output}/modules"
      SOURCES "${source}"
      LIBRARIES ${A_LIBRARIES}
      SHARED_LIBRARIES ${A_SHARED_LIBRARIES}
      ${no_check})
    instar_target_name(${module} ${A_VERSION} target)
    list(APPEND parts ${target})
  endforeach()

  instar_target_name(${name} ${A_VERSION} target)
  if(NOT A_NO_CHECK)
    set(checked "${CMAKE_CURRENT_BINARY_DIR}/${target}-app.checked")
    add_custom_command(OUTPUT "${checked}"
      COMMAND instar::instar app check "${output}"
      COMMAND ${CMAKE_COMMAND} -E touch "${checked}"
      DEPENDS ${parts} VERBATIM)
    list(APPEND parts "${checked}")
  endif()
  add_custom_target(${target}-app ALL
    COMMAND ${CMAKE_COMMAND} -E make_directory "${output}/priv"
    DEPENDS ${parts} VERBATIM)
  if("${own}/priv" IN_LIST given)
    add_custom_command(TARGET ${target}-app POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E copy_directory "${own}/priv"
        "${output}/priv" VERBATIM)
  endif()
endfunction()
