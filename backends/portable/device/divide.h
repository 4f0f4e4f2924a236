/* SPDX-License-Identifier: Apache-2.0 */
/* The rounding_mode argument of division. */
#ifndef SC_PORTABLE_DIVIDE_H
#define SC_PORTABLE_DIVIDE_H

#include <string.h>

#include "runtime/call.h"

typedef enum ScDivide {
    SC_DIVIDE_TRUE,
    SC_DIVIDE_TRUNC,
    SC_DIVIDE_FLOOR,
    SC_DIVIDE_UNKNOWN
} ScDivide;

static inline ScDivide sc_divide_mode(const ScCall *c, uint32_t index) {
    uint32_t n = 0;
    if (sc_arg_is_none(c, index)) {
        return SC_DIVIDE_TRUE;
    }
    const char *mode = sc_arg_string(c, index, &n);
    if (n == 5 && memcmp(mode, "trunc", 5) == 0) {
        return SC_DIVIDE_TRUNC;
    }
    if (n == 5 && memcmp(mode, "floor", 5) == 0) {
        return SC_DIVIDE_FLOOR;
    }
    return SC_DIVIDE_UNKNOWN;
}

#endif
