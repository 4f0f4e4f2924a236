/* SPDX-License-Identifier: Apache-2.0 */
/* A file of its own, so that no call is inlined or merged. See marks.h. */
#include "boards/qemu/marks.h"

/* Each is different code: equal functions might share one address. */
#define MARK(name, number)                            \
    __attribute__((noinline, used)) void name(void) { \
        __asm__ volatile("nop @ mark " #number);      \
    }

MARK(sc_mark_verify, 0)
MARK(sc_mark_load, 1)
MARK(sc_mark_loaded, 2)
MARK(sc_mark_run, 3)
MARK(sc_mark_ran, 4)
MARK(sc_mark_call, 5)
MARK(sc_mark_called, 6)
