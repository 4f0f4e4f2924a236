/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of integers as int64 and back; the contract is in element.h. */
#include "backends/portable/device/element.h"

bool sc_dtype_is_known(uint8_t dtype, bool with_float) {
    switch (dtype) {
    case SC_U8:
    case SC_I8:
    case SC_I16:
    case SC_I32:
    case SC_I64:
    case SC_BOOL:
    case SC_U16:
    case SC_U32:
        return true;
    case SC_F32:
        return with_float;
    default:
        return false;
    }
}

static int64_t load_one(const void *src, uint8_t dtype, ptrdiff_t at) {
    switch (dtype) {
    case SC_U8:
        return ((const uint8_t *)src)[at];
    case SC_I8:
        return ((const int8_t *)src)[at];
    case SC_I16:
        return ((const int16_t *)src)[at];
    case SC_I32:
        return ((const int32_t *)src)[at];
    case SC_I64:
        return ((const int64_t *)src)[at];
    case SC_BOOL:
        return ((const uint8_t *)src)[at] != 0;
    case SC_U16:
        return ((const uint16_t *)src)[at];
    case SC_U32:
        return ((const uint32_t *)src)[at];
    default:
        return 0;
    }
}

/* The cuts go through the unsigned type: wrapping is then defined. */
static void store_one(void *dst, uint8_t dtype, ptrdiff_t at, int64_t value) {
    switch (dtype) {
    case SC_U8:
    case SC_I8:
        ((uint8_t *)dst)[at] = (uint8_t)value;
        break;
    case SC_U16:
    case SC_I16:
        ((uint16_t *)dst)[at] = (uint16_t)value;
        break;
    case SC_U32:
    case SC_I32:
        ((uint32_t *)dst)[at] = (uint32_t)value;
        break;
    case SC_I64:
        ((int64_t *)dst)[at] = value;
        break;
    case SC_BOOL:
        ((uint8_t *)dst)[at] = value != 0;
        break;
    default:
        break;
    }
}

void sc_load_i64(int64_t *dst, const void *src, uint8_t dtype, ptrdiff_t at, ptrdiff_t step,
                 size_t n) {
    for (size_t i = 0; i < n; i++, at += step) {
        dst[i] = load_one(src, dtype, at);
    }
}

void sc_store_i64(void *dst, uint8_t dtype, ptrdiff_t at, ptrdiff_t step,
                  const int64_t *src, size_t n) {
    for (size_t i = 0; i < n; i++, at += step) {
        store_one(dst, dtype, at, src[i]);
    }
}
