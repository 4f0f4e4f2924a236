/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes moved and filled. The contract is in loops.h. */
#include <string.h>

#include "backends/cortex_m/device/loops.h"

void sc_copy_loop(int8_t *to, const int8_t *from, size_t n) {
    memcpy(to, from, n);
}

void sc_fill_loop(int8_t *to, int8_t value, size_t n) {
    memset(to, value, n);
}
