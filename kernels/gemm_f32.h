/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix product in float32: the arithmetic of matmul and 1x1 convolution.
 * Row major. Every output is a sum of partial sums over SC_GEMM_DEPTH
 * consecutive k each, in order, whatever the tiles, so results don't depend on
 * them. Partial sums keep the rounding error near that of a pairwise sum:
 * (k/32 + 32) instead of k times half an ulp at worst.
 */
#ifndef SC_KERNELS_GEMM_F32_H
#define SC_KERNELS_GEMM_F32_H

#include <stddef.h>

enum { SC_GEMM_DEPTH = 32 };

/* c[m][n] += sum over k of a[m][k] * b[k][n]; c overlaps neither a nor b. */
void sc_gemm_f32(size_t m, size_t n, size_t k, const float *a, const float *b, float *c);

#endif
