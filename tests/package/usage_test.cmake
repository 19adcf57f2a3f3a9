# cmake -D SCRATCH=... -D GENERATOR=... -D MODULE_CMAKE=... -P usage_test.cmake
# Wrong calls of instar_add_module and instar_add_application, with the whole text
# that each gets.
set(here ${CMAKE_CURRENT_LIST_DIR})

# wrong(CALL TEXT): @ stands for the folder usage/.
function(wrong call text)
  string(REPLACE "@" "${here}/usage" text "${text}")
  file(REMOVE_RECURSE "${SCRATCH}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${here}/usage -B ${SCRATCH}
      -D MODULE_CMAKE=${MODULE_CMAKE} -D CALL=${call}
    RESULT_VARIABLE code OUTPUT_QUIET ERROR_VARIABLE said)
  # CMake wraps what it says.
  string(REGEX REPLACE "[ \n]+" " " said "${said}")
  if(NOT code)
    message(SEND_ERROR "${call} succeeded")
  elseif(NOT said MATCHES
      "^CMake Error at [^ ]+ \\(message\\): (.*) Call Stack \\(most"
      OR NOT CMAKE_MATCH_1 STREQUAL text)
    message(SEND_ERROR "${call}\nwanted: ${text}\ngot: ${said}")
  endif()
endfunction()

set(module "instar_add_module(counter): ")
set(name ": a small letter, then letters, digits and _")
set(version ": a letter or a digit, then at most 63 letters, digits and . _ + ~ -")
wrong("instar_add_module(counter SOURCES a.cpp)" "${module}VERSION is missing")
wrong("instar_add_module(counter VERSION SOURCES a.cpp)"
  "${module}VERSION is missing")
wrong("instar_add_module(counter VERSION 1.0)" "${module}SOURCES is missing")
wrong("instar_add_module(counter VERSION 1.0 SOURCES)"
  "${module}SOURCES is missing")
wrong("instar_add_module(counter a.cpp VERSION 1.0)"
  "${module}unknown argument a.cpp")
wrong("instar_add_module(counter VERSION 1.0 2.0 NO SOURCES a.cpp)"
  "${module}unknown argument 2.0 NO")
wrong("instar_add_module(counter VERSION \"1 0\" SOURCES a.cpp)"
  "${module}\"1 0\" is no version${version}")
wrong("instar_add_module(counter VERSION ../1.0 SOURCES a.cpp)"
  "${module}\"../1.0\" is no version${version}")
string(REPEAT 1 65 long)
wrong("instar_add_module(counter VERSION ${long} SOURCES a.cpp)"
  "${module}\"${long}\" is no version${version}")
wrong("instar_add_module(Counter VERSION 1.0 SOURCES a.cpp)"
  "instar_add_module(Counter): \"Counter\" is no name of a module${name}")
wrong("instar_add_module(VERSION 1.0 SOURCES a.cpp)"
  "instar_add_module(VERSION): unknown argument 1.0")
wrong("instar_add_module(a/b VERSION 1.0 SOURCES a.cpp)"
  "instar_add_module(a/b): \"a/b\" is no name of a module${name}")
wrong("instar_add_module(taken VERSION 1.0 SOURCES a.cpp)"
  "instar_add_module(taken): there is a target taken-1.0 already")

set(app "instar_add_application(app): ")
wrong("instar_add_application(app MODULES app SOURCE_DIR app)"
  "${app}VERSION is missing")
wrong("instar_add_application(app VERSION 1.0 SOURCE_DIR app)"
  "${app}MODULES is missing")
wrong("instar_add_application(app VERSION 1.0 SOURCES app.cpp)"
  "${app}unknown argument SOURCES app.cpp")
wrong("instar_add_application(app VERSION 1:0 MODULES app SOURCE_DIR app)"
  "${app}\"1:0\" is no version${version}")
wrong("instar_add_application(my-app VERSION 1.0 MODULES app SOURCE_DIR app)"
  "instar_add_application(my-app): \"my-app\" is no name of an application${name}")
wrong("instar_add_application(app VERSION 1.0 MODULES app.cpp SOURCE_DIR app)"
  "${app}\"app.cpp\" is no name of a module${name}")
wrong("instar_add_application(app VERSION 1.0 MODULES app app SOURCE_DIR app)"
  "${app}MODULES names a module twice")
wrong("instar_add_application(app VERSION 1.0 MODULES app SOURCE_DIR app gone)"
  "${app}SOURCE_DIR @/gone is no folder")
wrong("instar_add_application(app VERSION 1.0 MODULES app SOURCE_DIR bare app)"
  "${app}no app.yaml in @/bare")
wrong("instar_add_application(app VERSION 1.0 MODULES app)"
  "${app}no app.yaml in @")
wrong("instar_add_application(app VERSION 1.0 MODULES app ghost SOURCE_DIR app bare)"
  "${app}no ghost.cpp in @/app, @/bare")
