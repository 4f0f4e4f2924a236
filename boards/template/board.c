/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CHANGE ME: the port hooks of boards/common/board.h for a real board. As it is, it
 * links and runs on any Cortex-M at its reset clock, without a word.
 */
#include "boards/common/board.h"

/*
 * Clocks first: kernels are as fast as the core. Then the wait states of the flash;
 * on an M7, M55 or M85 the caches too (constants are read from flash all the time),
 * and on an M55 or M85 the low-overhead-branch cache (CCR bit 19, LOB).
 */
void sc_board_init(void) {}

/* To a UART, to SWO (ITM_STIM0), to RTT ... */
void sc_board_print(const char *text) {
    (void)text;
}

/* main() came back: firmware rarely does. */
_Noreturn void sc_board_exit(int result) {
    (void)result;
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* Store `fault` where the next start finds it, then reset: the system reset request
 * is bit 2 of AIRCR (0xE000ED0C), written with the key 0x05FA in the upper half. */
_Noreturn void sc_board_fault(const ScFault *fault) {
    (void)fault;
    for (;;) {
    }
}
