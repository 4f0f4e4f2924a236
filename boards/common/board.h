/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image on a bare Cortex-M consists of. start.c brings the core up and
 * calls main(); the board supplies the functions marked "port hook"; the
 * linker script (sections.ld plus a MEMORY block) supplies the symbols.
 *
 * Order: reset -> FPU and vector unit on -> stack painted -> .data, .bss ->
 * sc_board_init() -> main() -> sc_board_exit(main's result).
 */
#ifndef SC_BOARDS_BOARD_H
#define SC_BOARDS_BOARD_H

#include <stddef.h>
#include <stdint.h>

typedef struct ScFault {
    uint32_t exception; /* 2 NMI, 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault ... */
    uint32_t pc, lr;    /* of the interrupted code; 0 when its stack is unusable */
    uint32_t sp;
    uint32_t cfsr;        /* Configurable Fault Status Register, 0xE000ED28 */
    uint32_t hfsr;        /* HardFault Status Register, 0xE000ED2C */
    uint32_t bus_address; /* 0xE000ED38; valid when cfsr bit 15 is set */
} ScFault;

int main(void);

/* Port hook: clocks, pins, caches, external memory. Runs with .data and .bss ready. */
void sc_board_init(void);
/* Port hook: main() came back. Must not return. */
_Noreturn void sc_board_exit(int result);
/* Port hook: an exception that nobody expected; the stack has been reset. Must not
 * return: report it and stop, or restart. */
_Noreturn void sc_board_fault(const ScFault *fault);

/* Port hook: text for people, to whatever the board has; may do nothing. */
void sc_board_print(const char *text);

/* Most bytes of stack in use since reset: the deepest word that isn't paint. */
size_t sc_stack_used(void);
size_t sc_stack_size(void);

/* RAM behind .bss that nobody owns. */
void *sc_ram_free(size_t *out_n_bytes);

#endif
