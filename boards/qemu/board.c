/* SPDX-License-Identifier: Apache-2.0 */
/* The port hooks of board.h for firmware that runs under QEMU or a debug probe:
 * text and the end go through semihosting. */
#include "boards/common/board.h"
#include "boards/qemu/semihost.h"

void sc_board_init(void) {}

void sc_board_print(const char *text) {
    sc_host_print(text);
}

_Noreturn void sc_board_exit(int result) {
    sc_host_exit(result == 0);
}

_Noreturn void sc_board_fault(const ScFault *fault) {
    (void)fault; /* a debugger sees it as the argument of this function */
    sc_host_print("fault\n");
    sc_host_exit(false);
}
