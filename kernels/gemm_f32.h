/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix product in float32: the arithmetic of matmul and 1x1 convolution.
 * Row major. Every output is summed in the order k = 0, 1, ..., K-1, whatever
 * the blocking, so results don't depend on it.
 */
#ifndef SC_KERNELS_GEMM_F32_H
#define SC_KERNELS_GEMM_F32_H

#include <stddef.h>

/* c[m][n] += sum over k of a[m][k] * b[k][n]; c overlaps neither a nor b. */
void sc_gemm_f32(size_t m, size_t n, size_t k, const float *a, const float *b, float *c);

#endif
