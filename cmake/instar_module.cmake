# Builds modules and applications. Also part of the installed package, so nothing
# here may depend on where instar's sources are.
#
#   instar_add_module(NAME VERSION v SOURCES ... [LIBRARIES ...]
#                     [SHARED_LIBRARIES soname...] [APPLICATION app]
#                     [OUTPUT_FOLDER dir] [PINNED] [NO_CHECK])
# The module NAME as the target NAME-v. The file is NAME.so in
# <build>/modules/APP-v/ (APP is NAME where none is given) or in OUTPUT_FOLDER.
# LIBRARIES must be static or header-only: a shared one is refused by the check,
# unless SHARED_LIBRARIES names it, as the application's manifest must do too.
#
#   instar_add_application(NAME VERSION v MODULES m... [SOURCE_DIR dir...]
#                          [LIBRARIES ...] [SHARED_LIBRARIES soname...]
#                          [OUTPUT_DIR dir])
# Each module m is made of SOURCE_DIR/m.cpp, in the first SOURCE_DIR that has it,
# so that two versions can share what is equal. The target NAME-v-app fills
# OUTPUT_DIR/lib/NAME-v/ with app.yaml, appup.yaml, modules/ and priv/, all but
# the modules from the first SOURCE_DIR.
# OUTPUT_DIR is INSTAR_OUTPUT_DIR or <build>/lib_apps where it is not given.

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

function(instar_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 M "PINNED;NO_CHECK"
    "VERSION;APPLICATION;OUTPUT_FOLDER" "SOURCES;LIBRARIES;SHARED_LIBRARIES")
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "instar_add_module(${name}): unknown argument ${M_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT M_VERSION OR NOT M_SOURCES)
    message(FATAL_ERROR "instar_add_module(${name}) needs VERSION and SOURCES")
  endif()
  if(NOT M_APPLICATION)
    set(M_APPLICATION ${name})
  endif()
  if(NOT M_OUTPUT_FOLDER)
    set(M_OUTPUT_FOLDER
      "${CMAKE_BINARY_DIR}/modules/${M_APPLICATION}-${M_VERSION}")
  endif()
  set(target "${name}-${M_VERSION}")
  set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/module.map")
  instar_mangle("${name}" mangled_name)
  instar_mangle("${M_VERSION}" mangled_vsn)

  add_library(${target} MODULE ${M_SOURCES})
  # _v cannot occur in what instar_mangle makes, so name and version stay apart.
  target_compile_definitions(${target} PRIVATE
    INSTAR_MODULE_NAME="${name}"
    INSTAR_MODULE_VSN="${M_VERSION}"
    INSTAR_MODULE_PINNED=$<BOOL:${M_PINNED}>
    INSTAR_VSN=instar_v_${mangled_name}_v${mangled_vsn})
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY "${M_OUTPUT_FOLDER}"
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    # It is loaded from a copy elsewhere: a RUNPATH would be void.
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "" NO_SONAME ON
    LINK_DEPENDS "${map}")
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>
    -ftls-model=global-dynamic)
  # --as-needed: the runtime names libraries that a module may not use.
  target_link_options(${target} PRIVATE "LINKER:--version-script=${map}"
    LINKER:-z,now LINKER:-z,relro LINKER:-z,noexecstack LINKER:--build-id=sha1
    LINKER:--as-needed)
  if(NOT INSTAR_SANITIZE)
    # clang leaves the sanitizer's runtime undefined in shared objects.
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
  if(TARGET instar::runtime)
    target_link_libraries(${target} PRIVATE instar::runtime)
  endif()
  target_link_libraries(${target} PRIVATE ${M_LIBRARIES})

  if(NOT M_NO_CHECK)
    set(check instar-module-check)
    if(NOT TARGET ${check})
      set(check instar::instar-module-check)
    endif()
    list(TRANSFORM M_SHARED_LIBRARIES PREPEND "--allow=")
    add_custom_command(TARGET ${target} POST_BUILD
      COMMAND ${check} $<$<BOOL:${M_PINNED}>:--pinned> ${M_SHARED_LIBRARIES}
        $<TARGET_FILE:${target}>
      COMMAND_EXPAND_LISTS VERBATIM)
    add_dependencies(${target} ${check})
  endif()
endfunction()

function(instar_add_application name)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "VERSION;OUTPUT_DIR"
    "MODULES;SOURCE_DIR;LIBRARIES;SHARED_LIBRARIES")
  if(A_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "instar_add_application(${name}): unknown argument ${A_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT A_VERSION OR NOT A_MODULES)
    message(FATAL_ERROR
      "instar_add_application(${name}) needs VERSION and MODULES")
  endif()
  if(NOT A_SOURCE_DIR)
    set(A_SOURCE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  set(sources "")
  foreach(folder IN LISTS A_SOURCE_DIR)
    cmake_path(ABSOLUTE_PATH folder NORMALIZE)
    list(APPEND sources "${folder}")
  endforeach()
  list(GET sources 0 A_SOURCE_DIR)
  if(NOT A_OUTPUT_DIR)
    set(A_OUTPUT_DIR "${INSTAR_OUTPUT_DIR}")
  endif()
  if(NOT A_OUTPUT_DIR)
    set(A_OUTPUT_DIR "${CMAKE_BINARY_DIR}/lib_apps")
  endif()
  cmake_path(ABSOLUTE_PATH A_OUTPUT_DIR
    BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE)
  set(folder "${A_OUTPUT_DIR}/lib/${name}-${A_VERSION}")

  set(copies "")
  foreach(manifest app.yaml appup.yaml)
    if(EXISTS "${A_SOURCE_DIR}/${manifest}")
      add_custom_command(OUTPUT "${folder}/${manifest}"
        COMMAND ${CMAKE_COMMAND} -E copy "${A_SOURCE_DIR}/${manifest}"
          "${folder}/${manifest}"
        DEPENDS "${A_SOURCE_DIR}/${manifest}" VERBATIM)
      list(APPEND copies "${folder}/${manifest}")
    endif()
  endforeach()

  set(target "${name}-${A_VERSION}-app")
  add_custom_target(${target} ALL
    COMMAND ${CMAKE_COMMAND} -E make_directory "${folder}/priv"
    DEPENDS ${copies} VERBATIM)
  if(IS_DIRECTORY "${A_SOURCE_DIR}/priv")
    add_custom_command(TARGET ${target} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E copy_directory "${A_SOURCE_DIR}/priv"
        "${folder}/priv" VERBATIM)
  endif()
  foreach(module IN LISTS A_MODULES)
    set(source "")
    foreach(folder_of_sources IN LISTS sources)
      if(NOT source AND EXISTS "${folder_of_sources}/${module}.cpp")
        set(source "${folder_of_sources}/${module}.cpp")
      endif()
    endforeach()
    if(NOT source)
      message(FATAL_ERROR
        "instar_add_application(${name}): no ${module}.cpp in ${sources}")
    endif()
    instar_add_module(${module} VERSION ${A_VERSION} APPLICATION ${name}
      OUTPUT_FOLDER "${folder}/modules"
      SOURCES "${source}"
      LIBRARIES ${A_LIBRARIES}
      SHARED_LIBRARIES ${A_SHARED_LIBRARIES})
    add_dependencies(${target} ${module}-${A_VERSION})
  endforeach()
endfunction()
