# SPDX-License-Identifier: Apache-2.0
# sc_bare(target memory.ld): makes an executable a bare-metal image: start-up code,
# a fast memset(), the common linker script with the board's MEMORY block, nothing
# unused. The C library gives the other mem*.
set(SC_BARE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(sc_bare target memory)
  target_sources(${target} PRIVATE ${SC_BARE_DIR}/start.c ${SC_BARE_DIR}/memory.c)
  # The start-up runs before the FPU is on; its assembly is in unified syntax.
  set_source_files_properties(${SC_BARE_DIR}/start.c TARGET_DIRECTORY ${target}
    PROPERTIES COMPILE_OPTIONS "-mgeneral-regs-only;-masm-syntax-unified")
  set_source_files_properties(${SC_BARE_DIR}/memory.c TARGET_DIRECTORY ${target}
    PROPERTIES COMPILE_OPTIONS "-O2;-masm-syntax-unified;-fno-builtin;-fno-tree-loop-distribute-patterns")
  target_include_directories(${target} PRIVATE ${SC_BARE_DIR}/../..)
  target_link_options(${target} PRIVATE -nostartfiles
    "SHELL:-T ${memory}" "SHELL:-T ${SC_BARE_DIR}/sections.ld"
    -Wl,--gc-sections -Wl,--fatal-warnings)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS
    ${memory} ${SC_BARE_DIR}/sections.ld)
endfunction()
