/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of any dtype as float32 or as int64, and back.
 *
 * Conversions are torch's: integers to float round to nearest; float to an
 * integer truncates (out of range: saturated to int64 and then cut to the
 * width; NaN gives 0); to bool is "not 0"; to a narrower integer wraps.
 */
#ifndef SC_PORTABLE_ELEMENT_H
#define SC_PORTABLE_ELEMENT_H

#include "sconce/runtime.h"

/* Which dtypes the functions below know: bool, (u)int8..32, int64; with_float
 * adds float32. */
bool sc_dtype_is_known(uint8_t dtype, bool with_float);

/* n elements from element index `at` of `src`, `step` elements apart. */
void sc_load_f32(float *dst, const void *src, uint8_t dtype, ptrdiff_t at, ptrdiff_t step,
                 size_t n);
void sc_store_f32(void *dst, uint8_t dtype, ptrdiff_t at, ptrdiff_t step, const float *src,
                  size_t n);
void sc_load_i64(int64_t *dst, const void *src, uint8_t dtype, ptrdiff_t at, ptrdiff_t step,
                 size_t n);
void sc_store_i64(void *dst, uint8_t dtype, ptrdiff_t at, ptrdiff_t step,
                  const int64_t *src, size_t n);

/* Truncates; saturates; NaN gives 0. */
int64_t sc_f32_to_i64(float x);

#endif
