# SPDX-License-Identifier: Apache-2.0
# Names what examples/firmware/CMakeLists.txt takes from a board.
set(SC_BOARD_SOURCES ${CMAKE_CURRENT_LIST_DIR}/board.c)
set(SC_BOARD_MEMORY ${CMAKE_CURRENT_LIST_DIR}/memory.ld)
