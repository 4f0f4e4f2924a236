# SPDX-License-Identifier: Apache-2.0
# `cmake --install`: the command, the two public headers, the libraries as a set
# of static archives, and what find_package(sconce) needs. Two components, so that
# firmware that only links the runtime needs neither jansson nor libyaml:
#   find_package(sconce COMPONENTS device)     sconce::device (runtime and kernels)
#   find_package(sconce COMPONENTS compiler)   also sconce::compiler
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sconce)

set(device_targets sc_runtime sc_kernels sc_device sc_sim)
set(host_targets sc_base sc_graph sc_import sc_program sc_lower sc_backends sc_passes
                 sc_compiler)
install(DIRECTORY include/sconce DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")

function(sc_install_set name)
  foreach(target ${ARGN})
    string(REGEX REPLACE "^sc_" "" short ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${short}
                          OUTPUT_NAME sconce_${short})
  endforeach()
  install(TARGETS ${ARGN} EXPORT sconce-${name}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT sconce-${name} NAMESPACE sconce:: DESTINATION ${package_dir})
endfunction()

sc_install_set(device ${device_targets})
if(NOT CMAKE_CROSSCOMPILING)
  sc_install_set(compiler ${host_targets})
  install(TARGETS sconce RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(cmake/sconce-config.cmake.in
  ${PROJECT_BINARY_DIR}/sconce-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sconce-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sconce-config.cmake
              ${PROJECT_BINARY_DIR}/sconce-config-version.cmake
        DESTINATION ${package_dir})
