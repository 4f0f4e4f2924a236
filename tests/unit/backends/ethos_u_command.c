/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words to commands, commands to registers, registers to operations: every word that
 * exists and every one that doesn't; random operations, written by ethos_u_make.h, come
 * back field by field; what no operation can mean is refused.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "ethos_u_make.h"

#include <cmocka.h>

enum { N_CODES = 1024, N_RANDOM = 3000 };

/* ---- words
 * ------------------------------------------------------------------------------- */

static const uint16_t narrow_codes[] = {
    SC_EU_STOP,
    SC_EU_IRQ,
    SC_EU_CONV,
    SC_EU_DEPTHWISE,
    SC_EU_POOL,
    SC_EU_ELEMENTWISE,
    SC_EU_DMA_START,
    SC_EU_DMA_WAIT,
    SC_EU_KERNEL_WAIT,
    SC_EU_PMU_MASK,
    256,
    257,
    258,
    259, /* IFM_PAD_TOP .. BOTTOM */
    260,
    261,
    263,
    265, /* IFM_DEPTH, PRECISION, UPSCALE, ZERO_POINT */
    266,
    267,
    268,
    269, /* IFM_WIDTH0, HEIGHT0, HEIGHT1, IB_END */
    271, /* IFM_REGION */
    273,
    274,
    275,
    276, /* OFM_WIDTH, HEIGHT, DEPTH, PRECISION */
    277,
    278,
    279,
    280, /* OFM_BLK_*, ZERO_POINT */
    282,
    283,
    284,
    287, /* OFM_WIDTH0, HEIGHT0, HEIGHT1, REGION */
    288,
    289,
    290,
    291, /* KERNEL_WIDTH, HEIGHT, STRIDE, PARALLEL_MODE */
    292,
    293,
    294,
    295, /* ACC_FORMAT, ACTIVATION, _MIN, _MAX */
    296,
    297,
    301,
    303, /* WEIGHT_REGION, SCALE_REGION, AB_START, BLOCKDEP */
    304,
    305,
    306,
    307, /* DMA0_SRC_REGION, DST_REGION, SIZE0, SIZE1 */
    384,
    385,
    389,
    393, /* IFM2_BROADCAST, SCALAR, PRECISION, ZERO_POINT */
    394,
    395,
    396,
    397, /* IFM2_WIDTH0, HEIGHT0, HEIGHT1, IB_START */
    399, /* IFM2_REGION */
};

static const uint16_t wide_codes[] = {
    0,   1,   2,   3,   4,   5,   6,   /* IFM */
    16,  17,  18,  19,  20,  21,  22,  /* OFM */
    32,  33,  34,  35,  36,  37,  38,  /* weights, scales, OFM, OPA, OPB */
    48,  49,  50,  51,  52,            /* DMA */
    128, 129, 130, 131, 132, 133, 134, /* IFM2 */
    144, 145, 146, 147,                /* the second core's */
};

static bool contains(const uint16_t *codes, size_t n, uint32_t code) {
    for (size_t i = 0; i < n; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* All 2^16 low halves of a word. */
static void command_words_exist_or_are_refused(void **state) {
    (void)state;
    uint32_t n_found = 0;
    for (uint32_t low = 0; low < 1u << 16; low++) {
        uint32_t words[] = {low | 0xabcd0000u, 0x12345678u};
        uint32_t at = 0, kind = low >> 14, code = low & 0x3ffu;
        ScEthosUCommand c;
        bool exists = !(low >> 10 & 15u) &&
                      ((kind == 0 && contains(narrow_codes, COUNT(narrow_codes), code)) ||
                       (kind == 1 && contains(wide_codes, COUNT(wide_codes), code)));
        ScStatus status = sc_ethos_u_command_read((const uint8_t *)words, 2, &at, &c);
        if (status != (exists ? SC_OK : SC_E_FORMAT)) {
            fail_msg("word %04x: %s", low, sc_status_name(status));
        }
        assert_int_equal(at, exists ? kind + 1 : 0);
        if (exists) {
            n_found++;
            assert_int_equal(c.code, code);
            assert_int_equal(c.is_wide, kind == 1);
            assert_int_equal(c.param, 0xabcd);
            assert_int_equal(c.value, kind == 1 ? 0x12345678 : 0);
        }
    }
    assert_int_equal(n_found, COUNT(narrow_codes) + COUNT(wide_codes));
}

static void command_cut_off_is_refused(void **state) {
    (void)state;
    const uint32_t words[] = {0, 1u << 14, 7};
    ScEthosUCommand c;
    uint32_t at = 1;
    uint8_t *two = malloc(8);
    memcpy(two, words, 8);
    assert_int_equal(sc_ethos_u_command_read(two, 2, &at, &c), SC_E_FORMAT);
    assert_int_equal(at, 1);
    at = 2;
    assert_int_equal(sc_ethos_u_command_read(two, 2, &at, &c), SC_E_FORMAT);
    at = UINT32_MAX;
    assert_int_equal(sc_ethos_u_command_read(two, 2, &at, &c), SC_E_FORMAT);
    free(two);
    at = 1;
    assert_int_equal(sc_ethos_u_command_read((const uint8_t *)words, 3, &at, &c), SC_OK);
    assert_int_equal(at, 3);
}

/* Each register keeps its own value: no two share a place. */
static void command_registers_are_apart(void **state) {
    (void)state;
    ScEthosURegisters r;
    memset(&r, 0, sizeof r);
    for (uint32_t i = 0; i < COUNT(narrow_codes); i++) {
        ScEthosUCommand c = {narrow_codes[i], false, (uint16_t)(1000 + i), 0};
        assert_int_equal(sc_ethos_u_command_set(&c, &r), narrow_codes[i] >= 256);
    }
    for (uint32_t i = 0; i < COUNT(wide_codes); i++) {
        ScEthosUCommand c = {wide_codes[i], true, (uint16_t)(0xff00 + i), 0x10000 + i};
        assert_true(sc_ethos_u_command_set(&c, &r));
    }
    for (uint32_t i = 0; i < COUNT(narrow_codes); i++) {
        if (narrow_codes[i] >= 256) {
            ScEthosUCode code = (ScEthosUCode)narrow_codes[i];
            assert_int_equal(sc_ethos_u_narrow(&r, code), 1000 + i);
        }
    }
    for (uint32_t i = 0; i < COUNT(wide_codes); i++) {
        assert_int_equal(sc_ethos_u_wide(&r, wide_codes[i]), 0x10000 + i);
        assert_int_equal(sc_ethos_u_wide_param(&r, wide_codes[i]), 0xff00 + i);
        assert_true(sc_ethos_u_address(&r, wide_codes[i]) ==
                    ((uint64_t)i << 32 | (0x10000 + i)));
    }
}

/* ---- operations
 * -------------------------------------------------------------------------- */

static ScStatus decode(const Stream *s, ScEthosURegisters *r, ScEthosUOperation *out) {
    ScEthosUCommand c;
    memset(r, 0, sizeof *r);
    for (uint32_t at = 0; at < s->n;) {
        assert_int_equal(sc_ethos_u_command_read(stream_bytes(s), s->n, &at, &c), SC_OK);
        if (!sc_ethos_u_command_set(&c, r)) {
            return sc_ethos_u_operation(r, &c, out);
        }
    }
    fail_msg("no operation");
    return SC_OK;
}

/* `op` written to registers and decoded from them. */
static ScStatus there_and_back(const ScEthosUOperation *op, ScEthosUOperation *out) {
    static Stream s;
    ScEthosURegisters r;
    s.n = 0;
    stream_operation(&s, op);
    return decode(&s, &r, out);
}

static int64_t random_stride(uint64_t *seed) {
    int64_t stride = (int64_t)(random_next(seed) >> 24); /* 40 bits */
    return random_below(seed, 2) ? stride - (INT64_C(1) << 39) : stride >> 20;
}

static ScEthosUMap random_map(uint64_t *seed) {
    ScEthosUMap map = {.stride_y = random_stride(seed),
                       .stride_x = random_stride(seed),
                       .stride_c = random_stride(seed),
                       .height0 = 1 + random_below(seed, 65536),
                       .height1 = 1 + random_below(seed, 65536),
                       .width0 = 1 + random_below(seed, 65536),
                       .region = (uint8_t)random_below(seed, 8),
                       .n_bytes = (uint8_t)(1u << random_below(seed, 3)),
                       .is_signed = random_below(seed, 2),
                       .bricks = random_below(seed, 2)};
    for (uint32_t i = 0; i < 4; i++) {
        map.base[i] = random_next(seed) >> 24;
    }
    map.zero_point = (int32_t)random_below(seed, 65536) - (map.is_signed ? 32768 : 0);
    return map;
}

/* Rows or columns of the IFM behind the windows of `ofm` ones. 0: none. */
static uint32_t side_of(uint32_t ofm, uint32_t step, uint32_t kernel, uint32_t dilation,
                        uint32_t pad, uint32_t upscale) {
    uint32_t n = (ofm - 1) * step + (kernel - 1) * dilation + 1;
    n = n > pad ? n - pad : 0;
    return upscale ? (n + 1) / 2 : n;
}

static void random_kernel(uint64_t *seed, ScEthosUOperation *op) {
    op->kernel_h = 1 + random_below(seed, 200);
    op->kernel_w = 1 + random_below(seed, 200);
    op->dilation_y = 1 + random_below(seed, 2);
    op->dilation_x = 1 + random_below(seed, 2);
    op->step_y = 1 + random_below(seed, 4);
    op->step_x = 1 + random_below(seed, 4);
    op->part_kernel = random_below(seed, 2);
    op->pieces_4x4 = random_below(seed, 2);
    op->pad_top = random_below(seed, 128);
    op->pad_left = random_below(seed, 128);
    op->pad_bottom = random_below(seed, 256);
    op->pad_right = random_below(seed, 256);
    op->upscale = (uint8_t)random_below(seed, 3);
}

static void random_rest(uint64_t *seed, ScEthosUOperation *op) {
    static const uint8_t clips[] = {SC_EU_CLIP_OFM, SC_EU_CLIP_U8, SC_EU_CLIP_I8,
                                    SC_EU_CLIP_I16};
    static const uint8_t functions[] = {0, 3, 4, 16, 23};
    int32_t low = op->ofm.is_signed ? -32768 : 0;
    op->block_h = 1 + random_below(seed, 32);
    op->block_w = 1 + random_below(seed, 64);
    op->block_d = 1 + random_below(seed, 128);
    op->acc_format = (uint8_t)random_below(seed, 2);
    op->blockdep = (uint8_t)random_below(seed, 4);
    op->act_function = functions[random_below(seed, COUNT(functions))];
    op->clip = clips[random_below(seed, COUNT(clips))];
    op->act_min = low + (int32_t)random_below(seed, 32768);
    op->act_max = low + 32768 + (int32_t)random_below(seed, 32768);
    op->n_cores = (uint8_t)(1 + random_below(seed, 2));
    op->weight_region = (uint8_t)random_below(seed, 8);
    op->scale_region = (uint8_t)random_below(seed, 8);
    for (uint32_t i = 0; i < SC_EU_MAX_CORES; i++) {
        op->weights[i].base = random_next(seed) >> 24;
        op->weights[i].n_bytes = random_next(seed) >> 32;
        op->scales[i].base = random_next(seed) >> 24;
        op->scales[i].n_bytes = random_next(seed) >> 44;
    }
    op->global_scale = random_below(seed, 2);
    op->ofm_round = (uint8_t)random_below(seed, 3);
    op->ifm_round = (uint8_t)random_below(seed, 3);
    op->ifm_scale_mode = (uint8_t)random_below(seed, 3);
    op->ofm_scale = (uint32_t)random_next(seed);
    op->opa_scale = (uint32_t)random_next(seed);
    op->opb_scale = random_below(seed, 65536);
    op->ofm_shift = (uint8_t)random_below(seed, 64);
    op->opa_shift = (uint8_t)random_below(seed, 64);
}

static void random_ifm2(uint64_t *seed, ScEthosUOperation *op) {
    ScEthosUMap *map = &op->ifm2;
    uint32_t broadcast = random_below(seed, 8);
    map->height = broadcast & 1u ? 1 : op->ofm.height;
    map->width = broadcast & 2u ? 1 : op->ofm.width;
    map->depth = broadcast & 4u ? 1 : op->ofm.depth;
    op->swapped = random_below(seed, 2);
    op->scalar2 = random_below(seed, 2);
    op->has_ifm2 = !op->scalar2;
    op->scalar = (int32_t)random_below(seed, 65536) - (map->is_signed ? 32768 : 0);
}

/* One that exists; all fields as decoding must give them. */
static ScEthosUOperation random_operation(uint64_t *seed) {
    static const ScEthosUCode codes[] = {SC_EU_CONV, SC_EU_DEPTHWISE, SC_EU_POOL,
                                         SC_EU_ELEMENTWISE};
    ScEthosUOperation op = {.code = codes[random_below(seed, 4)]};
    bool elementwise = op.code == SC_EU_ELEMENTWISE, pool = op.code == SC_EU_POOL;
    op.mode = (uint8_t)(elementwise ? random_below(seed, 10)
                        : pool      ? random_below(seed, 3)
                                    : 0);
    op.ifm = random_map(seed);
    op.ofm = random_map(seed);
    op.kernel_h = op.kernel_w = op.dilation_y = op.dilation_x = op.step_y = op.step_x = 1;
    if (!elementwise) {
        random_kernel(seed, &op);
    }
    random_rest(seed, &op);
    op.ofm.height = 300 + random_below(seed, 65236); /* more than padding can cover */
    op.ofm.width = 300 + random_below(seed, 65236);
    op.ofm.depth = 1 + random_below(seed, 65536);
    op.ifm.depth = op.ofm.depth;
    if (op.code == SC_EU_CONV || (pool && op.mode == SC_EU_POOL_REDUCE_SUM)) {
        op.ofm.depth = pool ? 1 : op.ofm.depth;
        op.ifm.depth = 1 + random_below(seed, 65536);
    }
    op.ifm.height = side_of(op.ofm.height, op.step_y, op.kernel_h, op.dilation_y,
                            op.pad_top + op.pad_bottom, op.upscale);
    op.ifm.width = side_of(op.ofm.width, op.step_x, op.kernel_w, op.dilation_x,
                           op.pad_left + op.pad_right, op.upscale);
    if (elementwise && (op.mode < SC_EU_LRELU || op.mode > SC_EU_CLZ)) {
        op.ifm2 = random_map(seed);
        random_ifm2(seed, &op);
    }
    op.weighted = op.code == SC_EU_CONV || op.code == SC_EU_DEPTHWISE;
    op.scaled = op.weighted || (pool && !op.global_scale);
    return op;
}

#define SAME(field)                                                                      \
    do {                                                                                 \
        if (got.field != op.field) {                                                     \
            fail_msg("case %u: " #field " is %lld, not %lld", i, (long long)(got.field), \
                     (long long)(op.field));                                             \
        }                                                                                \
    } while (0)

#define SAME_MAP(map)         \
    do {                      \
        SAME(map.base[0]);    \
        SAME(map.base[1]);    \
        SAME(map.base[2]);    \
        SAME(map.base[3]);    \
        SAME(map.stride_y);   \
        SAME(map.stride_x);   \
        SAME(map.stride_c);   \
        SAME(map.height);     \
        SAME(map.width);      \
        SAME(map.depth);      \
        SAME(map.height0);    \
        SAME(map.height1);    \
        SAME(map.width0);     \
        SAME(map.zero_point); \
        SAME(map.region);     \
        SAME(map.n_bytes);    \
        SAME(map.is_signed);  \
        SAME(map.bricks);     \
    } while (0)

static void operation_random_ones_come_back(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (uint32_t i = 0; i < N_RANDOM; i++) {
        ScEthosUOperation op = random_operation(&seed), got, wrote = op;
        if (!op.has_ifm2 && !op.scalar2) { /* the registers hold something anyway */
            wrote.ifm2 = random_map(&seed);
        }
        assert_int_equal(there_and_back(&wrote, &got), SC_OK);
        SAME(code);
        SAME(mode);
        SAME(has_ifm2);
        SAME(scalar2);
        SAME(swapped);
        SAME(weighted);
        SAME(scaled);
        SAME(scalar);
        SAME(kernel_h);
        SAME(kernel_w);
        SAME(dilation_y);
        SAME(dilation_x);
        SAME(step_y);
        SAME(step_x);
        SAME(upscale);
        SAME(block_h);
        SAME(block_w);
        SAME(block_d);
        SAME(acc_format);
        SAME(blockdep);
        SAME(act_function);
        SAME(clip);
        SAME(act_min);
        SAME(act_max);
        SAME(n_cores);
        SAME(weight_region);
        SAME(scale_region);
        SAME(global_scale);
        SAME(ofm_round);
        SAME(ifm_round);
        SAME(ifm_scale_mode);
        SAME(ofm_scale);
        SAME(opa_scale);
        SAME(opb_scale);
        SAME(ofm_shift);
        SAME(opa_shift);
        SAME(pad_top);
        SAME(pad_left);
        SAME(pad_bottom);
        SAME(pad_right);
        SAME(part_kernel);
        SAME(pieces_4x4);
        for (uint32_t c = 0; c < SC_EU_MAX_CORES; c++) {
            SAME(weights[c].base);
            SAME(weights[c].n_bytes);
            SAME(scales[c].base);
            SAME(scales[c].n_bytes);
        }
        SAME_MAP(ifm);
        SAME_MAP(ofm);
        if (op.has_ifm2) {
            SAME_MAP(ifm2);
        }
    }
}

/* A sound operation with one register set to something that means nothing. */
static void operation_that_cant_be_meant_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        uint32_t code, param; /* of a register; code 0: the mode of the operation */
        uint32_t operation, mode;
        ScStatus status;
    } cases[] = {
        {"sound", 260, 7, SC_EU_POOL, 1, SC_OK},
        {"pool mode 3", 260, 7, SC_EU_POOL, 3, SC_E_FORMAT},
        {"elementwise mode 10", 260, 7, SC_EU_ELEMENTWISE, 10, SC_E_FORMAT},
        {"elementwise mode 9", 260, 7, SC_EU_ELEMENTWISE, 9, SC_OK},
        {"IFM of 8-byte elements", 261, 3 << 2, SC_EU_POOL, 1, SC_E_FORMAT},
        {"OFM of 4-byte elements", 276, 1 | 2 << 1 | 2 << 14, SC_EU_POOL, 1, SC_OK},
        {"OFM of 8-byte elements", 276, 1 | 3 << 1, SC_EU_POOL, 1, SC_E_FORMAT},
        {"IFM2 of 8-byte elements", 389, 3 << 2, SC_EU_ELEMENTWISE, 1, SC_E_FORMAT},
        {"IFM2 that nothing reads", 389, 3 << 2, SC_EU_ELEMENTWISE, 6, SC_OK},
        {"OFM rounding 3", 276, 1 | 3 << 14, SC_EU_POOL, 1, SC_E_FORMAT},
        {"IFM rounding 3", 261, 3 << 14, SC_EU_POOL, 1, SC_E_FORMAT},
        {"scale mode 3", 261, 3 << 8, SC_EU_POOL, 1, SC_E_FORMAT},
        {"upscaling 3", 263, 3, SC_EU_POOL, 1, SC_E_FORMAT},
        {"accumulators 2", 292, 2, SC_EU_POOL, 1, SC_E_FORMAT},
        {"activation 1", 293, 1, SC_EU_POOL, 1, SC_E_FORMAT},
        {"activation 24", 293, 24, SC_EU_POOL, 1, SC_E_FORMAT},
        {"clip range 1", 293, 1 << 12, SC_EU_POOL, 1, SC_E_FORMAT},
        {"clip range 4", 293, 4 << 12, SC_EU_POOL, 1, SC_E_FORMAT},
        {"least above most", 294, 0x7fff, SC_EU_POOL, 1, SC_E_FORMAT},
        {"another depth", 260, 8, SC_EU_POOL, 1, SC_E_FORMAT},
        {"another depth, elementwise", 260, 8, SC_EU_ELEMENTWISE, 1, SC_E_FORMAT},
        {"another depth, depthwise", 260, 8, SC_EU_DEPTHWISE, 0, SC_E_FORMAT},
        {"another depth, convolution", 260, 8, SC_EU_CONV, 0, SC_OK},
        {"sum over channels into several", 260, 8, SC_EU_POOL, 2, SC_E_FORMAT},
        {"sum over channels", 275, 0, SC_EU_POOL, 2, SC_OK},
        {"padding above all rows", 256, 127, SC_EU_POOL, 1, SC_E_FORMAT},
        {"padding right of all columns", 258, 255, SC_EU_POOL, 1, SC_E_FORMAT},
        {"a window of 65536 elements", 288, 65535, SC_EU_POOL, 1, SC_OK},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        static Stream s;
        ScEthosURegisters r;
        ScEthosUMap map = dense_map(1, 0, 4, 4, 8, 1);
        ScEthosUOperation op = copy_operation(map, map), got;
        op.act_max = 100;
        op.ifm2 = map;
        s.n = 0;
        stream_operation(&s, &op);
        s.n--; /* the operation itself */
        narrow(&s, cases[i].code, cases[i].param);
        narrow(&s, cases[i].operation, cases[i].mode);
        ScStatus status = decode(&s, &r, &got);
        if (status != cases[i].status) {
            fail_msg("%s: %s", cases[i].rule, sc_status_name(status));
        }
    }
}

static void operation_window_of_more_than_65536_elements_is_refused(void **state) {
    (void)state;
    ScEthosUMap map = dense_map(1, 0, 4, 4, 8, 1);
    ScEthosUOperation op = copy_operation(map, map), got;
    op.kernel_h = 256;
    op.kernel_w = 256;
    assert_int_equal(there_and_back(&op, &got), SC_OK);
    op.kernel_w = 257;
    assert_int_equal(there_and_back(&op, &got), SC_E_FORMAT);
    op.kernel_h = op.kernel_w = 65536;
    assert_int_equal(there_and_back(&op, &got), SC_E_FORMAT);
}

/* ---- copies
 * ------------------------------------------------------------------------------ */

static ScEthosUDma dma_back(const ScEthosUDma *dma) {
    static Stream s;
    ScEthosURegisters r;
    ScEthosUCommand c;
    ScEthosUDma got;
    s.n = 0;
    memset(&r, 0, sizeof r);
    stream_dma(&s, dma);
    for (uint32_t at = 0; at < s.n;) {
        assert_int_equal(sc_ethos_u_command_read(stream_bytes(&s), s.n, &at, &c), SC_OK);
        sc_ethos_u_command_set(&c, &r);
    }
    sc_ethos_u_dma(&r, &got);
    return got;
}

/* Sizes and skips count as far as one of the sides has dimensions. */
static void dma_random_ones_come_back(void **state) {
    (void)state;
    uint64_t seed = 2;
    for (uint32_t i = 0; i < N_RANDOM; i++) {
        ScEthosUDma op = {.n_bytes = random_next(&seed) >> 24,
                          .size0 = random_below(&seed, 65536),
                          .size1 = random_below(&seed, 65536),
                          .skip0 = random_stride(&seed),
                          .skip1 = random_stride(&seed)};
        ScEthosUDmaSide *sides[] = {&op.from, &op.to};
        for (uint32_t k = 0; k < 2; k++) {
            *sides[k] = (ScEthosUDmaSide){.base = random_next(&seed) >> 24,
                                          .region = (uint8_t)random_below(&seed, 8),
                                          .internal = random_below(&seed, 2),
                                          .rank = (uint8_t)(1 + random_below(&seed, 3))};
        }
        ScEthosUDma got = dma_back(&op);
        uint32_t rank = op.from.rank > op.to.rank ? op.from.rank : op.to.rank;
        op.size0 = rank > 1 ? op.size0 : 1;
        op.skip0 = rank > 1 ? op.skip0 : 0;
        op.size1 = rank > 2 ? op.size1 : 1;
        op.skip1 = rank > 2 ? op.skip1 : 0;
        SAME(n_bytes);
        SAME(size0);
        SAME(size1);
        SAME(skip0);
        SAME(skip1);
        SAME(from.base);
        SAME(from.region);
        SAME(from.internal);
        SAME(from.rank);
        SAME(to.base);
        SAME(to.region);
        SAME(to.internal);
        SAME(to.rank);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_words_exist_or_are_refused),
        cmocka_unit_test(command_cut_off_is_refused),
        cmocka_unit_test(command_registers_are_apart),
        cmocka_unit_test(operation_random_ones_come_back),
        cmocka_unit_test(operation_that_cant_be_meant_is_refused),
        cmocka_unit_test(operation_window_of_more_than_65536_elements_is_refused),
        cmocka_unit_test(dma_random_ones_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
