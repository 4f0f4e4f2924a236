/* SPDX-License-Identifier: Apache-2.0 */
/* What the packed matrix kernels compute, for any core. The contract is in
 * gemm_mve.h. */
#include <string.h>

#include "backends/cortex_m/device/gemm_mve.h"
#include "kernels/num.h"

static int32_t word_at(const int8_t *bytes, int32_t index) {
    int32_t word;
    memcpy(&word, bytes + (ptrdiff_t)index * 4, sizeof word);
    return word;
}

static int8_t output_of(const ScMveGemm *g, const int8_t *group, int32_t lane,
                        const int8_t *x) {
    const int8_t *weights = group + 16;
    const int8_t *factors = weights + (ptrdiff_t)g->n_chunks * 64;
    uint32_t sum = (uint32_t)word_at(group, lane);
    for (int32_t k = 0; k < g->n_chunks * SC_MVE_CHUNK; k++) {
        ptrdiff_t at = (ptrdiff_t)(k / SC_MVE_CHUNK) * 64 + lane * SC_MVE_CHUNK;
        sum += (uint32_t)(x[k] * weights[at + k % SC_MVE_CHUNK]);
    }
    int32_t shift = sc_clamp_i32(word_at(factors, 4 + lane), -31, 0);
    int32_t value = sc_requantize((int32_t)sum, word_at(factors, lane), shift);
    return (int8_t)sc_clamp_i32(value + g->zero, g->min, g->max);
}

void sc_mve_gemm(const ScMveGemm *g) {
    ptrdiff_t group_bytes = 48 + (ptrdiff_t)g->n_chunks * 64;
    for (int32_t p = 0; p < g->n_pixels; p++) {
        const int8_t *x = g->x + (ptrdiff_t)p * g->x_stride;
        int8_t *out = g->out + (ptrdiff_t)p * g->out_stride;
        for (int32_t c = 0; c < 4 * g->n_groups; c++) {
            out[c] = output_of(g, g->table + c / 4 * group_bytes, c % 4, x);
        }
    }
}

void sc_mve_gather(const ScMveGather *g) {
    for (int32_t p = 0; p < g->n; p++) {
        for (int32_t row = 0; row < g->n_rows; row++) {
            memcpy(g->to + (ptrdiff_t)p * g->to_step + (ptrdiff_t)row * g->to_row,
                   g->from + (ptrdiff_t)p * g->from_step + (ptrdiff_t)row * g->from_row,
                   (size_t)g->n_bytes);
        }
    }
}

void sc_mve_columns(const ScMveColumns *c) {
    for (int32_t i = 0; i < c->n; i++) {
        for (int32_t row = 0; row < c->n_rows; row++) {
            memcpy(c->to + (ptrdiff_t)i * c->column_bytes + (ptrdiff_t)row * c->channels,
                   c->from + (ptrdiff_t)row * c->row_bytes + (ptrdiff_t)i * c->channels,
                   (size_t)c->channels);
        }
    }
}

void sc_mve_fill(int8_t *to, int32_t to_step, int32_t n, int32_t n_bytes, int32_t value) {
    for (int32_t p = 0; p < n; p++) {
        memset(to + (ptrdiff_t)p * to_step, value, (size_t)n_bytes);
    }
}
