# SPDX-License-Identifier: Apache-2.0
# sc_bare(target memory.ld): makes an executable a bare-metal image: start-up code,
# the common linker script with the board's MEMORY block, nothing unused. The C library
# gives mem* only; not its "nano" form, whose memset() goes byte by byte.
set(SC_BARE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(sc_bare target memory)
  target_sources(${target} PRIVATE ${SC_BARE_DIR}/start.c)
  # The start-up runs before the FPU is on.
  set_source_files_properties(${SC_BARE_DIR}/start.c TARGET_DIRECTORY ${target}
    PROPERTIES COMPILE_OPTIONS -mgeneral-regs-only)
  target_include_directories(${target} PRIVATE ${SC_BARE_DIR}/../..)
  target_link_options(${target} PRIVATE -nostartfiles
    "SHELL:-T ${memory}" "SHELL:-T ${SC_BARE_DIR}/sections.ld"
    -Wl,--gc-sections -Wl,--fatal-warnings)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS
    ${memory} ${SC_BARE_DIR}/sections.ld)
endfunction()
