# What `cmake --install` gives, in three components:
#   runtime      libinstar_runtime.so.N, for all that runs modules
#   command      instar
#   development  headers, libraries, the check, the CMake package; needs the two others
# The folder may be moved afterwards: nothing in it names its place.
include(CMakePackageConfigHelpers)
set(instar_cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/instar)
file(RELATIVE_PATH instar_libraries_of_programs
  ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(instar_cli PROPERTIES EXPORT_NAME instar
  INSTALL_RPATH "$ORIGIN/${instar_libraries_of_programs}")
# Only what they need of the system.
set_target_properties(instar_runtime instar-module-check PROPERTIES
  INSTALL_RPATH "")
set_target_properties(instar_runtime PROPERTIES EXPORT_NAME runtime)
set_target_properties(instar_appup PROPERTIES EXPORT_NAME appup)
set_target_properties(instar_release_handler PROPERTIES
  EXPORT_NAME release_handler)
set_target_properties(instar_testing PROPERTIES EXPORT_NAME testing)

# What authors of modules need.
install(TARGETS instar_options EXPORT instarTargets)
install(TARGETS instar_runtime EXPORT instarTargets
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/instar
    COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/base ${PROJECT_SOURCE_DIR}/module
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/instar
  COMPONENT development FILES_MATCHING PATTERN *.hpp)
install(TARGETS instar-module-check EXPORT instarTargets
  RUNTIME COMPONENT development)
install(TARGETS instar_cli EXPORT instarTargets RUNTIME COMPONENT command)

# What embeds a node, reads and compiles manifests, or tests upgrades.
install(TARGETS instar_appup instar_release_handler
  EXPORT instarReleaseHandlerTargets
  ARCHIVE COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/instar
    COMPONENT development)
# As <instar/testing.hpp>, beside the headers that it includes.
install(TARGETS instar_testing EXPORT instarReleaseHandlerTargets
  ARCHIVE COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT development)

foreach(set instarTargets instarReleaseHandlerTargets)
  install(EXPORT ${set} NAMESPACE instar:: COMPONENT development
    DESTINATION ${instar_cmake_folder})
endforeach()
# A state of Boost.JSON passes between node and module: theirs must be one version.
set(instar_boost_version ${Boost_VERSION})
configure_package_config_file(cmake/instarConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/instarConfig.cmake
  INSTALL_DESTINATION ${instar_cmake_folder}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/instarConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/instarConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/instarConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/instar_module.cmake
  ${PROJECT_SOURCE_DIR}/cmake/module.map
  DESTINATION ${instar_cmake_folder} COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
