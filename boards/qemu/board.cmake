# SPDX-License-Identifier: Apache-2.0
# QEMU's machine for the core SC_CPU, as a board for firmware.
set(SC_BOARD_SOURCES ${CMAKE_CURRENT_LIST_DIR}/board.c ${CMAKE_CURRENT_LIST_DIR}/semihost.c)
set(SC_BOARD_MEMORY ${CMAKE_CURRENT_LIST_DIR}/${SC_CPU}.ld)
