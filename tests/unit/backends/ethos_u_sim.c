/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator on streams written here, for what Vela's streams don't ask for or don't
 * pin down: the roundings against 128-bit arithmetic, copies of two and three dimensions,
 * both upscalings, tables of three widths, sums beyond 32 bits, and what it refuses.
 * Expected values are computed here, element by element, from the description of the
 * format; every comparison is exact.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "backends/ethos_u/sim/state.h"
#include "ethos_u_rig.h"

static int32_t value_at(const uint8_t *at, uint32_t n_bytes, bool is_signed) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < n_bytes; i++) {
        value |= (uint32_t)at[i] << 8 * i;
    }
    if (is_signed && n_bytes < 4 && value >> (8 * n_bytes - 1)) {
        value |= UINT32_MAX << 8 * n_bytes;
    }
    return (int32_t)value;
}

/* ---- roundings
 * --------------------------------------------------------------------------- */

__extension__ typedef __int128 Int128;

/* Towards minus infinity; C's division goes towards 0. */
static Int128 floor_shift(Int128 value, uint32_t shift) {
    Int128 one = 1, unit = one << shift;
    return value >= 0 ? value / unit : -((-value + unit - 1) / unit);
}

/* TOSA's apply_scale_32() with and without double rounding; division towards 0. */
static int64_t wide_scale(int64_t value, uint32_t scale, uint32_t shift,
                          ScEthosURound round) {
    Int128 one = 1, product = (Int128)value * scale;
    Int128 half = shift ? one << (shift - 1) : 0, unit = one << shift;
    if (round == SC_EU_ROUND_TRUNCATE) {
        return (int64_t)(product / unit);
    }
    if (round == SC_EU_ROUND_DOUBLE && shift > 31) {
        half += value >= 0 ? one << 30 : -(one << 30);
    }
    return (int64_t)floor_shift(product + half, shift);
}

static void scale_check(int64_t value, uint32_t scale, uint32_t shift) {
    for (int round = SC_EU_ROUND_DOUBLE; round <= SC_EU_ROUND_NATURAL; round++) {
        int64_t wanted = wide_scale(value, scale, shift, (ScEthosURound)round);
        int64_t got = sc_ethos_u_scale(value, scale, shift, (ScEthosURound)round);
        if (got != wanted) {
            fail_msg("%lld * %u >> %u, rounding %d: %lld, not %lld", (long long)value,
                     scale, shift, round, (long long)got, (long long)wanted);
        }
    }
}

static void scale_edges_are_those_of_128_bits(void **state) {
    (void)state;
    static const uint32_t scales[] = {0,          1,          2,          3,
                                      0x3fffffff, 0x40000000, 0x40000001, 0x7fffffff,
                                      0x80000000, 0x80000001, 0xffffffff};
    static const uint32_t value_bits[] = {0,  1,  7,  8,  15, 16, 30, 31,
                                          32, 33, 38, 39, 40, 47, 61, 62};
    for (uint32_t v = 0; v < COUNT(value_bits); v++) {
        for (int64_t off = -2; off <= 2; off++) {
            int64_t value = (INT64_C(1) << value_bits[v]) + off;
            for (uint32_t s = 0; s < COUNT(scales); s++) {
                for (uint32_t shift = 0; shift < 64; shift++) {
                    scale_check(value, scales[s], shift);
                    scale_check(-value, scales[s], shift);
                }
            }
        }
    }
    for (uint32_t shift = 0; shift < 64; shift++) {
        scale_check(INT64_MAX, UINT32_MAX, shift);
        scale_check(-INT64_MAX, UINT32_MAX, shift);
    }
}

static void scale_random_ones_are_those_of_128_bits(void **state) {
    (void)state;
    uint64_t seed = 6;
    for (uint32_t i = 0; i < 200000; i++) {
        int64_t value = (int64_t)random_next(&seed) >> random_below(&seed, 63);
        uint32_t scale = (uint32_t)random_next(&seed) >> random_below(&seed, 32);
        uint32_t shift = random_below(&seed, 64);
        scale_check(value == INT64_MIN ? 0 : value, scale, shift);
    }
}

/* Halves: exactly in the middle between two numbers, where the roundings part. */
static void scale_halves_are_those_of_128_bits(void **state) {
    (void)state;
    for (int64_t value = -9; value <= 9; value += 2) {
        for (uint32_t shift = 1; shift < 64; shift++) {
            uint32_t scale = shift < 33 ? 1u << (shift - 1) : 1u << 31;
            int64_t odd = shift < 33 ? value : value * (INT64_C(1) << (shift - 32) / 2);
            scale_check(odd, scale, shift);
        }
    }
    assert_int_equal(sc_ethos_u_scale(-1, 1, 1, SC_EU_ROUND_NATURAL), 0);
    assert_int_equal(sc_ethos_u_scale(-3, 1, 1, SC_EU_ROUND_NATURAL), -1);
    assert_int_equal(sc_ethos_u_scale(3, 1, 1, SC_EU_ROUND_NATURAL), 2);
    assert_int_equal(sc_ethos_u_scale(-3, 1, 1, SC_EU_ROUND_TRUNCATE), -1);
    assert_int_equal(sc_ethos_u_scale(3, 1, 1, SC_EU_ROUND_TRUNCATE), 1);
    assert_int_equal(sc_ethos_u_scale(-1, 1u << 31, 32, SC_EU_ROUND_DOUBLE), -1);
    assert_int_equal(sc_ethos_u_scale(-1, 1u << 31, 32, SC_EU_ROUND_NATURAL), 0);
}

/* ---- copies
 * ------------------------------------------------------------------------------ */

/* The copy done here on a model of memory. */
static void copy_by_hand(const ScEthosUDma *dma, const uint8_t *from, uint8_t *to) {
    uint64_t row_from = dma->n_bytes + (dma->from.rank > 1 ? (uint64_t)dma->skip0 : 0);
    uint64_t row_to = dma->n_bytes + (dma->to.rank > 1 ? (uint64_t)dma->skip0 : 0);
    uint64_t plane = dma->size0 * dma->n_bytes;
    uint64_t plane_from = plane + (dma->from.rank > 2 ? (uint64_t)dma->skip1 : 0);
    uint64_t plane_to = plane + (dma->to.rank > 2 ? (uint64_t)dma->skip1 : 0);
    for (uint32_t i1 = 0; i1 < dma->size1; i1++) {
        for (uint32_t i0 = 0; i0 < dma->size0; i0++) {
            memcpy(to + dma->to.base + i1 * plane_to + i0 * row_to,
                   from + dma->from.base + i1 * plane_from + i0 * row_from,
                   (size_t)dma->n_bytes);
        }
    }
}

static void copy_of_one_to_three_dimensions_moves_the_right_bytes(void **state) {
    Rig *rig = *state;
    uint64_t seed = 7;
    uint8_t *model = malloc(REGION_BYTES);
    for (uint32_t i = 0; i < 500; i++) {
        ScEthosUDma dma = {.n_bytes = 1 + random_below(&seed, 70),
                           .size0 = 1 + random_below(&seed, 7),
                           .size1 = 1 + random_below(&seed, 7),
                           .skip0 = random_below(&seed, 200),
                           .skip1 = random_below(&seed, 200)};
        dma.from = (ScEthosUDmaSide){.base = random_below(&seed, 30000),
                                     .region = i % 3 == 0 ? 0 : 1,
                                     .rank = (uint8_t)(1 + random_below(&seed, 3))};
        dma.to = (ScEthosUDmaSide){.base = random_below(&seed, 30000),
                                   .region = 2,
                                   .rank = (uint8_t)(1 + random_below(&seed, 3))};
        uint32_t rank = dma.from.rank > dma.to.rank ? dma.from.rank : dma.to.rank;
        stream_dma(&rig->s, &dma);
        memcpy(model, rig->base[2], REGION_BYTES);
        dma.size0 = rank > 1 ? dma.size0 : 1;
        dma.size1 = rank > 2 ? dma.size1 : 1;
        copy_by_hand(&dma, rig->base[dma.from.region], model);
        rig_run(rig);
        assert_memory_equal(rig->base[2], model, REGION_BYTES);
    }
    free(model);
}

static void copy_onto_itself_moves_the_old_bytes(void **state) {
    Rig *rig = *state;
    uint8_t kept[1000];
    memcpy(kept, rig->base[1], sizeof kept);
    ScEthosUDma dma = {.from = {.base = 0, .region = 1, .rank = 1},
                       .to = {.base = 7, .region = 1, .rank = 1},
                       .n_bytes = 900};
    stream_dma(&rig->s, &dma);
    rig_run(rig);
    assert_memory_equal(rig->base[1] + 7, kept, 900);
    assert_memory_equal(rig->base[1], kept, 7);
}

/* Of the NPU's own memory only the place of the tables is there. */
static void copy_into_the_npu_and_out_again_keeps_the_tables(void **state) {
    Rig *rig = *state;
    ScEthosUDma in = {.from = {.base = 100, .region = 0, .rank = 1},
                      .to = {.base = TABLES, .internal = true, .rank = 1},
                      .n_bytes = 2048};
    ScEthosUDma out = {.from = {.base = TABLES, .internal = true, .rank = 1},
                       .to = {.base = 3, .region = 1, .rank = 1},
                       .n_bytes = 2048};
    stream_dma(&rig->s, &in);
    stream_dma(&rig->s, &out);
    rig_run(rig);
    assert_memory_equal(rig->base[1] + 3, rig->base[0] + 100, 2048);
    in.to.base--;
    stream_dma(&rig->s, &in);
    assert_int_equal(rig_try(rig), SC_E_UNSUPPORTED);
    in.to.base += 2;
    stream_dma(&rig->s, &in);
    assert_int_equal(rig_try(rig), SC_E_RANGE);
}

/* ---- upscaling
 * ----------------------------------------------------------------------------- */

/* Element of the IFM after upscaling; `none`: a zero that the NPU puts in, or padding. */
static int32_t upscaled_at(const ScEthosUOperation *op, const uint8_t *ifm, int32_t y,
                           int32_t x, uint32_t c, bool *none) {
    int32_t h = (int32_t)op->ifm.height * 2, w = (int32_t)op->ifm.width * 2;
    *none = y < 0 || x < 0 || y >= h || x >= w ||
            (op->upscale == SC_EU_UPSCALE_ZEROS && (y % 2 || x % 2));
    return *none ? 0
                 : value_at(ifm + y / 2 * op->ifm.stride_y + x / 2 * op->ifm.stride_x + c,
                            1, true);
}

static int32_t pooled_at(const ScEthosUOperation *op, const uint8_t *ifm, uint32_t oy,
                         uint32_t ox, uint32_t c) {
    int32_t sum = 0, most = INT32_MIN;
    for (uint32_t k = 0; k < op->kernel_h * op->kernel_w; k++) {
        int32_t y = (int32_t)(oy * op->step_y + k / op->kernel_w) - (int32_t)op->pad_top;
        int32_t x = (int32_t)(ox * op->step_x + k % op->kernel_w) - (int32_t)op->pad_left;
        bool none;
        int32_t value = upscaled_at(op, ifm, y, x, c, &none);
        sum += value;
        most = !none && value > most ? value : most;
    }
    return op->mode == SC_EU_POOL_MAX ? (most == INT32_MIN ? 0 : most) : sum;
}

/* Sums of windows over an upscaled map, and the largest of windows with padding. */
static void upscale_pool(Rig *rig, uint64_t *seed, uint8_t upscale, uint8_t mode) {
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 1, 1, 1, 1), dense_map(2, 0, 1, 1, 1, 4));
    uint32_t h = 1 + random_below(seed, 5), w = 1 + random_below(seed, 5);
    uint32_t c = 1 + random_below(seed, 5);
    op.mode = mode;
    op.upscale = upscale;
    op.kernel_h = 1 + random_below(seed, 2 * h);
    op.kernel_w = 1 + random_below(seed, 2 * w);
    op.pad_top = mode == SC_EU_POOL_MAX ? random_below(seed, op.kernel_h) : 0;
    op.pad_left = mode == SC_EU_POOL_MAX ? random_below(seed, op.kernel_w) : 0;
    op.ifm = dense_map(1, 64, h, w, c, 1);
    op.ofm = dense_map(2, 0, 2 * h + op.pad_top - op.kernel_h + 1,
                       2 * w + op.pad_left - op.kernel_w + 1, c, 4);
    stream_operation(&rig->s, &op);
    rig_run(rig);
    uint32_t n = op.ofm.height * op.ofm.width * c;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t y = i / c / op.ofm.width, x = i / c % op.ofm.width;
        int32_t wanted = pooled_at(&op, rig->base[1] + 64, y, x, i % c);
        int32_t got = value_at(rig->base[2] + 4 * i, 4, true);
        if (got != wanted) {
            fail_msg("upscaling %u, mode %u, element %u: %d, not %d", upscale, mode, i, got,
                     wanted);
        }
    }
}

static void upscaling_repeats_elements_or_puts_zeros_between(void **state) {
    uint64_t seed = 8;
    for (uint32_t i = 0; i < 300; i++) {
        uint8_t upscale = i % 2 ? SC_EU_UPSCALE_NEAREST : SC_EU_UPSCALE_ZEROS;
        upscale_pool(*state, &seed, upscale,
                     i / 2 % 2 ? SC_EU_POOL_MAX : SC_EU_POOL_AVERAGE);
    }
}

/* ---- tables
 * ---------------------------------------------------------------------------------- */

static void table_load(Rig *rig, uint32_t from, uint32_t slot, uint32_t n_bytes) {
    ScEthosUDma dma = {.from = {.base = from, .region = 0, .rank = 1},
                       .to = {.base = TABLES + 256 * slot, .internal = true, .rank = 1},
                       .n_bytes = n_bytes};
    stream_dma(&rig->s, &dma);
}

static void table_of_8_bits_has_256_bytes(void **state) {
    Rig *rig = *state;
    for (uint32_t slot = 0; slot < SC_EU_N_TABLES; slot++) {
        bool is_signed = slot % 2;
        ScEthosUOperation op =
            copy_operation(dense_map(1, 0, 1, 16, 16, 1), dense_map(2, 0, 1, 16, 16, 1));
        op.ifm.is_signed = op.ofm.is_signed = is_signed;
        op.act_min = is_signed ? -128 : 0;
        op.act_max = is_signed ? 127 : 255;
        op.act_function = (uint8_t)(SC_EU_ACT_TABLE0 + slot);
        for (uint32_t i = 0; i < 256; i++) {
            rig->base[1][i] = (uint8_t)i;
        }
        table_load(rig, 512 * slot, slot, 256);
        stream_operation(&rig->s, &op);
        rig_run(rig);
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t index = is_signed ? (i + 128) % 256 : i;
            assert_int_equal(rig->base[2][i], rig->base[0][512 * slot + index]);
        }
    }
}

static void table_of_32_bits_is_asked_for_8(void **state) {
    Rig *rig = *state;
    enum { N = 512 };
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 1, N, 1, 4), dense_map(2, 0, 1, N, 1, 4));
    op.clip = SC_EU_CLIP_I8;
    op.act_min = -128;
    op.act_max = 127;
    op.act_function = SC_EU_ACT_TABLE0 + 4;
    for (uint32_t i = 0; i < N; i++) {
        put_u32(rig->base[1] + 4 * i, i - 256);
    }
    table_load(rig, 4000, 4, 1024);
    stream_operation(&rig->s, &op);
    rig_run(rig);
    for (int32_t i = 0; i < N; i++) {
        int32_t value = i - 256 < -128 ? -128 : i - 256 > 127 ? 127 : i - 256;
        assert_memory_equal(rig->base[2] + 4 * i, rig->base[0] + 4000 + 4 * (value + 128),
                            4);
    }
}

/* 512 bases and slopes: between two entries lies a straight line of 128 steps. */
static void table_of_16_bits_has_lines_between_its_points(void **state) {
    Rig *rig = *state;
    enum { N = 4096 };
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 1, N, 1, 2), dense_map(2, 0, 1, N, 1, 2));
    op.act_function = SC_EU_ACT_TABLE0;
    for (int32_t i = 0; i < 512; i++) {
        int32_t base = i * 60 - 15000, slope = i % 7 * 11 - 33;
        put_u32(rig->base[0] + 4 * i, (uint32_t)base % 65536 | (uint32_t)slope << 16);
    }
    for (uint32_t i = 0; i < N; i++) {
        uint32_t value = i * 16 - 32768 + i / 256; /* each place on a line */
        rig->base[1][2 * i] = (uint8_t)value;
        rig->base[1][2 * i + 1] = (uint8_t)(value >> 8);
    }
    table_load(rig, 0, 0, 2048);
    stream_operation(&rig->s, &op);
    rig_run(rig);
    for (uint32_t i = 0; i < N; i++) {
        int32_t value = value_at(rig->base[1] + 2 * i, 2, true);
        int32_t entry = (value + 32768) / 128, rest = (value + 32768) % 128;
        int32_t base = entry * 60 - 15000, slope = entry % 7 * 11 - 33;
        int32_t line = slope * rest + 64 + 128 * 1000; /* above 0, for the division */
        assert_int_equal(value_at(rig->base[2] + 2 * i, 2, true), base + line / 128 - 1000);
    }
}

/* ---- sums
 * ------------------------------------------------------------------------------------ */

typedef struct Bits {
    uint8_t *bytes;
    uint32_t n;
} Bits;

static void bits_put(Bits *bits, uint32_t value, uint32_t n) {
    for (uint32_t i = 0; i < n; i++, bits->n++) {
        bits->bytes[bits->n / 8] |= (uint8_t)((value >> i & 1u) << bits->n % 8);
    }
}

/* A stream of n times the same weight: a palette of it twice, and indices 0 (weights.h).
 * The bytes behind are zeros as well. */
static void weights_of_one_number(uint8_t *out, uint32_t n, uint32_t magnitude) {
    Bits bits = {out, 0};
    bits_put(&bits, 6, 3);      /* no runs of zeros */
    bits_put(&bits, n - 1, 15); /* length */
    bits_put(&bits, 7, 3);      /* plain indices */
    bits_put(&bits, 0, 1);
    bits_put(&bits, 1, 1); /* a new palette */
    bits_put(&bits, 0, 5);
    bits_put(&bits, 1, 5); /* of two entries */
    bits_put(&bits, 7, 3); /* of 9 bits */
    bits_put(&bits, 2 * magnitude, 9);
    bits_put(&bits, 2 * magnitude, 9);
}

/* Zero points have 16 bits, also those of 8-bit maps: no sum may wrap at 32 bits. */
static void conv_sums_beyond_32_bits_are_whole(void **state) {
    Rig *rig = *state;
    enum { DEPTH = 2048, WEIGHT = 255, RECORDS = 8192, N = 8 * DEPTH };
    static const int32_t zero_points[] = {0, -128, 127, -32768, 32767};
    for (uint32_t z = 0; z < COUNT(zero_points); z++) {
        for (uint8_t n_bytes = 1; n_bytes <= 2; n_bytes++) {
            ScEthosUOperation op = copy_operation(dense_map(1, 0, 1, 1, DEPTH, n_bytes),
                                                  dense_map(2, 0, 1, 1, 1, 4));
            op.code = SC_EU_CONV;
            op.mode = 0;
            op.ifm.zero_point = zero_points[z];
            op.block_d = 8;
            op.acc_format = SC_EU_ACC_I40;
            op.global_scale = false;
            op.weights[0] = (ScEthosUStretch){0, RECORDS};
            op.scales[0] = (ScEthosUStretch){RECORDS, 16};
            memset(rig->base[0], 0, RECORDS + 16);
            weights_of_one_number(rig->base[0], N, WEIGHT);
            put_u32(rig->base[0] + RECORDS + 5, 1); /* scale; no bias */
            rig->base[0][RECORDS + 9] = 16;         /* shift */
            int64_t sum = 0;
            for (uint32_t i = 0; i < DEPTH; i++) {
                sum += (value_at(rig->base[1] + n_bytes * i, n_bytes, true) -
                        (int64_t)zero_points[z]) *
                       WEIGHT;
            }
            stream_operation(&rig->s, &op);
            rig_run(rig);
            assert_int_equal(value_at(rig->base[2], 4, true),
                             wide_scale(sum, 1, 16, SC_EU_ROUND_NATURAL));
        }
    }
}

/* ---- refusals
 * -------------------------------------------------------------------------------- */

static void run_what_no_stream_asks_for_is_refused(void **state) {
    Rig *rig = *state;
    ScEthosUMap map = dense_map(1, 0, 4, 4, 8, 1), out = dense_map(2, 0, 4, 4, 8, 1);
    ScEthosUOperation good = copy_operation(map, out), op;
    op = good; /* tanh of 8 bits */
    op.act_function = SC_EU_ACT_TANH;
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_UNSUPPORTED);
    op = good; /* a sum over channels with a window */
    op.mode = SC_EU_POOL_REDUCE_SUM;
    op.ofm = dense_map(2, 0, 4, 4, 1, 1);
    op.kernel_w = 2;
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_UNSUPPORTED);
    op = good; /* upscaled operands */
    op.code = SC_EU_ELEMENTWISE;
    op.mode = SC_EU_ABS;
    op.upscale = SC_EU_UPSCALE_NEAREST;
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_UNSUPPORTED);
    op = good; /* convolution of 32 bits */
    op.code = SC_EU_CONV;
    op.mode = 0;
    op.ifm = dense_map(1, 0, 4, 4, 8, 4);
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_UNSUPPORTED);
    op = good; /* weights in pieces of 4x4 */
    op.code = SC_EU_CONV;
    op.mode = 0;
    op.pieces_4x4 = true;
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_UNSUPPORTED);
    stream_operation(&rig->s, &good);
    rig_run(rig);
}

static void run_records_or_weights_too_short_are_refused(void **state) {
    Rig *rig = *state;
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 1, 1, 8, 1), dense_map(2, 0, 1, 1, 3, 1));
    op.code = SC_EU_CONV;
    op.mode = 0;
    op.weights[0] = (ScEthosUStretch){0, 64};
    op.scales[0] = (ScEthosUStretch){64, 29}; /* of 3 channels: 30 */
    memset(rig->base[0], 0, 128);
    weights_of_one_number(rig->base[0], 256, 1);
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_RANGE);
    op.scales[0].n_bytes = 30;
    stream_operation(&rig->s, &op);
    rig_run(rig);
    op.weights[0].n_bytes = 8;
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_FORMAT);
    op.weights[0].n_bytes = 0;
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_FORMAT);
}

static void run_stream_for_a_u85_is_refused(void **state) {
    Rig *rig = *state;
    rig->product = SC_EU_U85;
    assert_int_equal(rig_try(rig), SC_E_UNSUPPORTED);
    rig->product = SC_EU_U65;
    rig_run(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scale_edges_are_those_of_128_bits),
        cmocka_unit_test(scale_random_ones_are_those_of_128_bits),
        cmocka_unit_test(scale_halves_are_those_of_128_bits),
        WITH_RIG(copy_of_one_to_three_dimensions_moves_the_right_bytes),
        WITH_RIG(copy_onto_itself_moves_the_old_bytes),
        WITH_RIG(copy_into_the_npu_and_out_again_keeps_the_tables),
        WITH_RIG(upscaling_repeats_elements_or_puts_zeros_between),
        WITH_RIG(table_of_8_bits_has_256_bytes),
        WITH_RIG(table_of_32_bits_is_asked_for_8),
        WITH_RIG(table_of_16_bits_has_lines_between_its_points),
        WITH_RIG(conv_sums_beyond_32_bits_are_whole),
        WITH_RIG(run_what_no_stream_asks_for_is_refused),
        WITH_RIG(run_records_or_weights_too_short_are_refused),
        WITH_RIG(run_stream_for_a_u85_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
