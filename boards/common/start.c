/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up of a bare Cortex-M0+..M85: vector table, reset, faults, stack paint.
 * Registers: Armv8-M Architecture Reference Manual (DDI 0553), section D1.2; the
 * same addresses hold on Armv6-M and Armv7-M. This file must not use the FPU:
 * build it with -mgeneral-regs-only.
 */
#include "boards/common/board.h"

/* From sections.ld. Only their addresses mean something. */
extern uint32_t sc_stack_start[], sc_stack_end[];
extern uint32_t sc_data_start[], sc_data_end[];
extern const uint32_t sc_data_load[];
extern uint32_t sc_bss_start[], sc_bss_end[];
extern uint8_t sc_ram_end[];

enum { STACK_PAINT = 0x5AC05AC0, IPSR_MASK = 0x1FF };

/* System Control Block. */
#define SCB_VTOR (*(volatile uint32_t *)0xE000ED08u)
#define SCB_CFSR (*(volatile uint32_t *)0xE000ED28u)
#define SCB_HFSR (*(volatile uint32_t *)0xE000ED2Cu)
#define SCB_BFAR (*(volatile uint32_t *)0xE000ED38u)
#define SCB_CPACR (*(volatile uint32_t *)0xE000ED88u)

_Noreturn void sc_start(void);
void sc_start_fault(void);
_Noreturn void sc_start_report(const uint32_t *frame, uint32_t exception);

typedef void (*Handler)(void);
typedef union Vector {
    uint32_t *stack;
    Handler handler;
} Vector;

extern const Vector sc_start_vectors[16];
__attribute__((section(".vectors"), used)) const Vector sc_start_vectors[16] = {
    {.stack = sc_stack_end},
    {.handler = sc_start},
    {.handler = sc_start_fault},
    {.handler = sc_start_fault},
    {.handler = sc_start_fault},
    {.handler = sc_start_fault},
    {.handler = sc_start_fault},
    {.handler = sc_start_fault},
    {.handler = 0},
    {.handler = 0},
    {.handler = 0},
    {.handler = sc_start_fault},
    {.handler = sc_start_fault},
    {.handler = 0},
    {.handler = sc_start_fault},
    {.handler = sc_start_fault},
};

/* ---- reset ----------------------------------------------------------------- */

static void words_copy(uint32_t *to, const uint32_t *end, const uint32_t *from) {
    while (to < end) {
        *to++ = *from++;
    }
}

static void words_fill(uint32_t *to, const uint32_t *end, uint32_t word) {
    while (to < end) {
        *to++ = word;
    }
}

static uint32_t *stack_pointer(void) {
    uint32_t *sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

_Noreturn void sc_start(void) {
    SCB_VTOR = (uint32_t)(uintptr_t)sc_start_vectors;
    /* Full access to coprocessors 10 and 11: FPU and Helium. Reads as zero where
     * there is neither. */
    SCB_CPACR |= 0xFu << 20;
    __asm__ volatile("dsb\n isb" ::: "memory");
    /* Below this function's own frame. */
    words_fill(sc_stack_start, stack_pointer() - 16, STACK_PAINT);
    words_copy(sc_data_start, sc_data_end, sc_data_load);
    words_fill(sc_bss_start, sc_bss_end, 0);
    sc_board_init();
    sc_board_exit(main());
}

/* ---- faults ---------------------------------------------------------------- */

/* Hands over the stack pointer of the interrupted code, then starts a new stack:
 * the old one may be what broke. */
__attribute__((naked)) void sc_start_fault(void) {
    __asm__ volatile("mrs r0, msp\n"
                     "mrs r1, ipsr\n"
                     "ldr r2, =sc_stack_end\n"
                     "mov sp, r2\n"
                     "ldr r2, =sc_start_report\n"
                     "bx r2\n");
}

/* frame: r0-r3, r12, lr, pc, xPSR as the core stacked them. */
_Noreturn void sc_start_report(const uint32_t *frame, uint32_t exception) {
    ScFault fault = {.exception = exception & IPSR_MASK,
                     .sp = (uint32_t)(uintptr_t)frame,
                     .cfsr = SCB_CFSR,
                     .hfsr = SCB_HFSR,
                     .bus_address = SCB_BFAR};
    if (frame >= sc_stack_start && frame + 8 <= sc_stack_end) {
        fault.lr = frame[5];
        fault.pc = frame[6];
    }
    sc_board_fault(&fault);
}

/* ---- memory ---------------------------------------------------------------- */

size_t sc_stack_size(void) {
    return (size_t)((uintptr_t)sc_stack_end - (uintptr_t)sc_stack_start);
}

size_t sc_stack_used(void) {
    const volatile uint32_t *word = sc_stack_start;
    while (word < sc_stack_end && *word == STACK_PAINT) {
        word++;
    }
    return (size_t)((uintptr_t)sc_stack_end - (uintptr_t)word);
}

void *sc_ram_free(size_t *out_n_bytes) {
    uint8_t *start = (uint8_t *)sc_bss_end;
    *out_n_bytes = (size_t)((uintptr_t)sc_ram_end - (uintptr_t)start);
    return start;
}
