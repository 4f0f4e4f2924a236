/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix product in float32; the contract is in gemm_f32.h. */
#include "kernels/gemm_f32.h"

/* Outputs held in registers at a time; sizes at which gcc and clang vectorise
 * the inner loop with 4-lane vectors and spill nothing. */
enum { ROWS = 4, COLS = 8 };

/* Strides of the three matrices are lda, n, n; k is the depth of this block. */
static void tile_full(size_t n, size_t lda, size_t k, const float *a, const float *b,
                      float *c) {
    float acc[ROWS][COLS] = {{0}};
    for (size_t p = 0; p < k; p++) {
        const float *row = b + p * n;
        for (size_t i = 0; i < ROWS; i++) {
            float x = a[i * lda + p];
            for (size_t j = 0; j < COLS; j++) {
                acc[i][j] += x * row[j];
            }
        }
    }
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < COLS; j++) {
            c[i * n + j] += acc[i][j];
        }
    }
}

/* The edges: any number of rows and columns up to a full tile. */
static void tile_part(size_t rows, size_t cols, size_t n, size_t lda, size_t k,
                      const float *a, const float *b, float *c) {
    for (size_t i = 0; i < rows; i++) {
        float acc[COLS] = {0};
        for (size_t p = 0; p < k; p++) {
            float x = a[i * lda + p];
            const float *row = b + p * n;
            for (size_t j = 0; j < cols; j++) {
                acc[j] += x * row[j];
            }
        }
        for (size_t j = 0; j < cols; j++) {
            c[i * n + j] += acc[j];
        }
    }
}

/* One block of the depth, all rows and columns. */
static void block(size_t m, size_t n, size_t lda, size_t k, const float *a, const float *b,
                  float *c) {
    for (size_t i = 0; i < m; i += ROWS) {
        size_t rows = m - i < ROWS ? m - i : ROWS;
        for (size_t j = 0; j < n; j += COLS) {
            size_t cols = n - j < COLS ? n - j : COLS;
            if (rows == ROWS && cols == COLS) {
                tile_full(n, lda, k, a + i * lda, b + j, c + i * n + j);
            } else {
                tile_part(rows, cols, n, lda, k, a + i * lda, b + j, c + i * n + j);
            }
        }
    }
}

void sc_gemm_f32(size_t m, size_t n, size_t k, const float *a, const float *b, float *c) {
    for (size_t p = 0; p < k; p += SC_GEMM_DEPTH) {
        size_t depth = k - p < SC_GEMM_DEPTH ? k - p : SC_GEMM_DEPTH;
        block(m, n, k, depth, a + p, b + p * n, c);
    }
}
