/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of any dtype as float32 and back; the contract is in element.h. */
#include "backends/portable/device/element.h"

int64_t sc_f32_to_i64(float x) {
    if (x >= 9223372036854775808.0f) {
        return INT64_MAX;
    }
    if (x <= -9223372036854775808.0f) {
        return INT64_MIN;
    }
    return x == x ? (int64_t)x : 0;
}

void sc_load_f32(float *dst, const void *src, uint8_t dtype, ptrdiff_t at, ptrdiff_t step,
                 size_t n) {
    if (dtype == SC_F32) {
        const float *from = (const float *)src + at;
        for (size_t i = 0; i < n; i++) {
            dst[i] = from[(ptrdiff_t)i * step];
        }
        return;
    }
    for (size_t i = 0; i < n; i++, at += step) {
        int64_t value = 0;
        sc_load_i64(&value, src, dtype, at, 1, 1);
        dst[i] = (float)value;
    }
}

void sc_store_f32(void *dst, uint8_t dtype, ptrdiff_t at, ptrdiff_t step, const float *src,
                  size_t n) {
    if (dtype == SC_F32) {
        float *to = (float *)dst + at;
        for (size_t i = 0; i < n; i++) {
            to[(ptrdiff_t)i * step] = src[i];
        }
        return;
    }
    for (size_t i = 0; i < n; i++, at += step) {
        int64_t value = sc_f32_to_i64(src[i]);
        if (dtype == SC_BOOL) {
            value = src[i] != 0.0f; /* 0.5 and NaN are true */
        }
        sc_store_i64(dst, dtype, at, 1, &value, 1);
    }
}
