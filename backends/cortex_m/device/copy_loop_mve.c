/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes moved and filled with Helium: small C libraries go by words at best. The
 * contract is in loops.h.
 */
#include <arm_mve.h>

#include "backends/cortex_m/device/loops.h"

/* WLSTP skips a loop of no steps and predicates the last one. */
void sc_copy_loop(int8_t *to, const int8_t *from, size_t n) {
    __asm__ volatile("wlstp.8 lr, %[n], 2f\n"
                     "1:\n"
                     "vldrb.8 q0, [%[from]], #16\n"
                     "vstrb.8 q0, [%[to]], #16\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [to] "+r"(to), [from] "+r"(from)
                     : [n] "r"(n)
                     : "lr", "q0", "memory");
}

void sc_fill_loop(int8_t *to, int8_t value, size_t n) {
    int8x16_t values = vdupq_n_s8(value);
    __asm__ volatile("wlstp.8 lr, %[n], 2f\n"
                     "1:\n"
                     "vstrb.8 %q[values], [%[to]], #16\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [to] "+r"(to)
                     : [n] "r"(n), [values] "w"(values)
                     : "lr", "memory");
}
