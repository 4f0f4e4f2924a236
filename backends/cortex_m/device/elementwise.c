/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Element by element over tensors that lie in the same order: sum, product,
 * minimum, maximum, tables.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "kernels/num.h"

/* ---- two operands
 * ------------------------------------------------------------------------ */

/* Operands of equal shape, or one of them with one value a channel of the other
 * (N, C, H, W in NHWC; sum and product only). Both advance by a block at a time. */
typedef struct Pair {
    const int8_t *a, *b;
    int8_t *out;
    size_t n, block, a_step, b_step;
} Pair;

static ScStatus pair_of(const ScCall *c, uint32_t b_index, uint32_t out_index, Pair *pair) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, b_index);
    ScTensor out = sc_arg_tensor(c, out_index);
    size_t n = sc_tensor_numel(&a);
    SC_TRY(sc_same_bytes(&a, &b));
    SC_TRY(sc_same_bytes(&a, &out));
    *pair = (Pair){a.data, b.data, out.data, n, n, n, n};
    return SC_OK;
}

/* As pair_of(); `small` may be one value a channel. */
static ScStatus channels_of(const ScTensor *large, const ScTensor *small,
                            const ScTensor *out, size_t *out_n) {
    ScImage image, channels;
    SC_TRY(sc_same_bytes(large, out));
    SC_TRY(sc_image_of(large, &image));
    SC_TRY(sc_image_of(small, &channels));
    *out_n = sc_tensor_numel(small);
    return channels.c == image.c && *out_n == (size_t)image.c ? SC_OK : SC_E_SHAPE;
}

static ScStatus pair_broadcast(const ScCall *c, uint32_t b_index, uint32_t out_index,
                               Pair *pair) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, b_index);
    ScTensor out = sc_arg_tensor(c, out_index);
    size_t n = sc_tensor_numel(&out), n_a = sc_tensor_numel(&a), block;
    if (n_a == sc_tensor_numel(&b)) {
        return pair_of(c, b_index, out_index, pair);
    }
    SC_TRY(n_a == n ? channels_of(&a, &b, &out, &block)
                    : channels_of(&b, &a, &out, &block));
    *pair = (Pair){
        a.data, b.data, out.data, n, block, n_a == n ? block : 0, n_a == n ? 0 : block};
    return SC_OK;
}

typedef struct Factor {
    int32_t offset, multiplier, shift;
} Factor;

static ScStatus factor_of(const ScCall *c, uint32_t index, Factor *out) {
    int64_t shift = sc_arg_int(c, index + 2);
    *out =
        (Factor){sc_arg_small(c, index), (int32_t)sc_arg_int(c, index + 1), (int32_t)shift};
    return shift >= -31 && shift <= 31 ? SC_OK : SC_E_RANGE;
}

/* Operands are brought up by 2^20, to units of twice the larger scale. */
enum { ADD_SHIFT = 20 };

static int32_t add_term(int32_t q, const Factor *f) {
    return sc_requantize((int32_t)((uint32_t)(q - f->offset) << ADD_SHIFT), f->multiplier,
                         f->shift);
}

/* (a, zero, multiplier, shift, b, zero, multiplier, shift, out zero, multiplier,
 * shift, min, max, out) */
ScStatus sc_cortex_m_quantized_add_out_i(ScCall *c) {
    Pair p;
    Factor f[3];
    SC_TRY(pair_broadcast(c, 4, 13, &p));
    SC_TRY(factor_of(c, 1, &f[0]));
    SC_TRY(factor_of(c, 5, &f[1]));
    SC_TRY(factor_of(c, 8, &f[2]));
    int32_t min = sc_arg_small(c, 11), max = sc_arg_small(c, 12);
    for (size_t at = 0; at < p.n; at += p.block) {
        for (size_t i = 0; i < p.block; i++) {
            int32_t sum = (int32_t)((uint32_t)add_term(p.a[i], &f[0]) +
                                    (uint32_t)add_term(p.b[i], &f[1]));
            int32_t value = sc_add_wrapping(sc_requantize(sum, f[2].multiplier, f[2].shift),
                                            f[2].offset);
            p.out[i] = (int8_t)sc_clamp_i32(value, min, max);
        }
        p.a += p.a_step;
        p.b += p.b_step;
        p.out += p.block;
    }
    return SC_OK;
}

/* (a, zero, b, zero, out zero, multiplier, shift, out) */
ScStatus sc_cortex_m_quantized_mul_out_i(ScCall *c) {
    Pair p;
    Factor y;
    SC_TRY(pair_broadcast(c, 2, 7, &p));
    SC_TRY(factor_of(c, 4, &y));
    int32_t a_zero = sc_arg_small(c, 1), b_zero = sc_arg_small(c, 3);
    for (size_t at = 0; at < p.n; at += p.block) {
        for (size_t i = 0; i < p.block; i++) {
            int32_t product = (p.a[i] - a_zero) * (p.b[i] - b_zero);
            int32_t value =
                sc_add_wrapping(sc_requantize(product, y.multiplier, y.shift), y.offset);
            p.out[i] = (int8_t)sc_clamp_i32(value, -128, 127);
        }
        p.a += p.a_step;
        p.b += p.b_step;
        p.out += p.block;
    }
    return SC_OK;
}

ScStatus sc_cortex_m_minimum_out_i(ScCall *c) {
    Pair p;
    SC_TRY(pair_of(c, 1, 2, &p));
    for (size_t i = 0; i < p.n; i++) {
        p.out[i] = p.a[i] < p.b[i] ? p.a[i] : p.b[i];
    }
    return SC_OK;
}

ScStatus sc_cortex_m_maximum_out_i(ScCall *c) {
    Pair p;
    SC_TRY(pair_of(c, 1, 2, &p));
    for (size_t i = 0; i < p.n; i++) {
        p.out[i] = p.a[i] > p.b[i] ? p.a[i] : p.b[i];
    }
    return SC_OK;
}

/* (x, table [256], out): table[q + 128]. */
ScStatus sc_cortex_m_quantized_activation_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), table = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 2);
    SC_TRY(sc_same_bytes(&x, &out));
    if (table.dtype != SC_I8 || sc_tensor_numel(&table) != 256) {
        return SC_E_SHAPE;
    }
    const int8_t *from = x.data, *entries = table.data;
    int8_t *to = out.data;
    for (size_t i = 0; i < sc_tensor_numel(&x); i++) {
        to[i] = entries[from[i] + 128];
    }
    return SC_OK;
}
