# SPDX-License-Identifier: Apache-2.0
# A room is a static library sc_NAME made of every .c of its folders.

function(sc_room name)
  cmake_parse_arguments(R "" "" "DIRS;FILES;USES;LINKS" ${ARGN})
  set(sources ${R_FILES})
  foreach(dir ${R_DIRS})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/*.c)
    list(APPEND sources ${found})
  endforeach()
  sc_library(${name} "${sources}" "${R_USES}" "${R_LINKS}")
endfunction()

# Rooms that compute: square roots without errno are one instruction; on the
# host their loops are vectorised.
function(sc_compute name)
  target_compile_options(sc_${name} PRIVATE -fno-math-errno)
  if(NOT CMAKE_CROSSCOMPILING AND CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(sc_${name} PRIVATE -O3)
  endif()
endfunction()

function(sc_library name sources uses links)
  if(NOT sources)
    set(empty ${PROJECT_BINARY_DIR}/empty_${name}.c)
    file(WRITE ${empty} "typedef int sc_room_${name}_is_empty;\n")
    set(sources ${empty})
  endif()
  add_library(sc_${name} STATIC ${sources})
  target_include_directories(sc_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  target_compile_definitions(sc_${name} PRIVATE _POSIX_C_SOURCE=200809L)
  foreach(use ${uses})
    target_link_libraries(sc_${name} PUBLIC sc_${use})
  endforeach()
  target_link_libraries(sc_${name} PUBLIC ${links})
  if(NOT CMAKE_CROSSCOMPILING)
    target_link_libraries(sc_${name} PUBLIC m)
  endif()
endfunction()

# One library of every backend's device code.
function(sc_device_rooms name)
  cmake_parse_arguments(R "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/backends/*/device/*.c)
  sc_library(${name} "${sources}" "${R_USES}" "")
endfunction()

# One library of every backend's host code and the generated list sc_backends().
# A folder backends/X with host/*.c must define `const ScBackend sc_backend_X`.
function(sc_host_rooms name)
  cmake_parse_arguments(R "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/backends/*/host/*.c)
  set(engines)
  foreach(source ${sources})
    string(REGEX REPLACE ".*/backends/([a-z0-9_]+)/host/.*" "\\1" engine ${source})
    list(APPEND engines ${engine})
  endforeach()
  list(REMOVE_DUPLICATES engines)
  list(SORT engines)
  set(externs "")
  set(rows "")
  foreach(engine ${engines})
    string(APPEND externs "extern const ScBackend sc_backend_${engine};\n")
    string(APPEND rows "    &sc_backend_${engine},\n")
  endforeach()
  set(list_file ${PROJECT_BINARY_DIR}/backend_list.c)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/backend_list.c.in ${list_file} @ONLY)
  sc_library(${name} "${sources};${list_file}" "${R_USES}" "")
endfunction()
