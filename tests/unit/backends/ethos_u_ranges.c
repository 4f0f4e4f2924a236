/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Byte ranges against the bytes that a map really touches, counted one by one: a range
 * holds all of them, and its first and last byte are among them. Then the verifier: a
 * sound stream passes, each way of leaving a region is found, with the word, the role and
 * the range.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "backends/ethos_u/sim/state.h"
#include "ethos_u_make.h"

#include <cmocka.h>

enum { N_MAPS = 4000, N_COPIES = 4000 };

/* ---- maps
 * -------------------------------------------------------------------------------- */

/* Tile of an element, and its position there. */
static uint32_t tile_of(const ScEthosUMap *map, uint32_t *y, uint32_t *x) {
    uint32_t tile = 0;
    if (*x >= map->width0) {
        *x -= map->width0;
        tile = 1;
    }
    uint32_t split = tile ? map->height1 : map->height0;
    if (*y >= split) {
        *y -= split;
        tile += 2;
    }
    return tile;
}

/* First byte of an element, as the facts on NHWC and NHCWB16 say. */
static int64_t element_at(const ScEthosUMap *map, uint32_t tile, uint32_t y, uint32_t x,
                          uint32_t c) {
    int64_t at = (int64_t)map->base[tile] + (int64_t)y * map->stride_y;
    if (map->bricks) {
        return at + (int64_t)(c / 16) * map->stride_c + (int64_t)x * 16 * map->n_bytes +
               (int64_t)(c % 16) * map->n_bytes;
    }
    return at + (int64_t)x * map->stride_x + (int64_t)c * map->n_bytes;
}

typedef struct Touched {
    int64_t first[4], end[4]; /* of each tile */
    bool any[4];
} Touched;

/* Bricks count whole. The simulator's own addresses are held against ours on the way. */
static Touched map_touch(const ScEthosUMap *map) {
    Touched t = {.any = {false}};
    static uint8_t origin;
    ScEthosUView view = {map, &origin};
    uint32_t depth = map->bricks ? (map->depth + 15) / 16 * 16 : map->depth;
    for (uint32_t i = 0; i < map->height * map->width * depth; i++) {
        uint32_t c = i % depth, x = i / depth % map->width, y = i / depth / map->width;
        uint32_t ty = y, tx = x, tile = tile_of(map, &ty, &tx);
        int64_t at = element_at(map, tile, ty, tx, c), end = at + map->n_bytes;
        uint8_t *pixel = sc_ethos_u_pixel(&view, y, x);
        assert_true(sc_ethos_u_channel(map, pixel, c) - &origin == at);
        t.first[tile] = !t.any[tile] || at < t.first[tile] ? at : t.first[tile];
        t.end[tile] = !t.any[tile] || end > t.end[tile] ? end : t.end[tile];
        t.any[tile] = true;
    }
    return t;
}

static int64_t random_stride(uint64_t *seed) {
    return (int64_t)random_below(seed, 4001) - 2000;
}

static ScEthosUMap random_map(uint64_t *seed) {
    ScEthosUMap map = {.stride_y = random_stride(seed),
                       .stride_x = random_stride(seed),
                       .stride_c = random_stride(seed),
                       .height = 1 + random_below(seed, 6),
                       .width = 1 + random_below(seed, 6),
                       .depth = 1 + random_below(seed, 40),
                       .height0 = 1 + random_below(seed, 7),
                       .height1 = 1 + random_below(seed, 7),
                       .width0 = 1 + random_below(seed, 7),
                       .region = (uint8_t)random_below(seed, 8),
                       .n_bytes = (uint8_t)(1u << random_below(seed, 3)),
                       .bricks = random_below(seed, 2)};
    for (uint32_t i = 0; i < 4; i++) {
        map.base[i] = 100000 + random_below(seed, 100000);
    }
    return map;
}

/* The ranges of `role` are those of the tiles that the map touches, in their order. */
static void ranges_are(const ScEthosURange *ranges, uint32_t n, const ScEthosUMap *map,
                       ScEthosURole role) {
    Touched touched = map_touch(map);
    uint32_t r = 0;
    for (uint32_t tile = 0; tile < 4; tile++) {
        if (!touched.any[tile]) {
            continue;
        }
        while (r < n && ranges[r].role != role) {
            r++;
        }
        assert_true(r < n);
        assert_true(ranges[r].first == touched.first[tile]);
        assert_true(ranges[r].end == touched.end[tile]);
        assert_int_equal(ranges[r].region, map->region);
        assert_int_equal(ranges[r].write, role == SC_EU_ROLE_OFM);
        r++;
    }
    for (; r < n; r++) {
        assert_int_not_equal(ranges[r].role, role);
    }
}

static void ranges_of_random_maps_are_the_touched_bytes(void **state) {
    (void)state;
    uint64_t seed = 3;
    uint32_t n_tiles[SC_EU_MAX_RANGES + 1] = {0};
    for (uint32_t i = 0; i < N_MAPS; i++) {
        ScEthosUOperation op = copy_operation(random_map(&seed), random_map(&seed));
        ScEthosURange ranges[SC_EU_MAX_RANGES];
        op.code = SC_EU_ELEMENTWISE;
        op.ifm2 = random_map(&seed);
        op.has_ifm2 = true;
        uint32_t n = sc_ethos_u_ranges(&op, 24576, ranges);
        ranges_are(ranges, n, &op.ifm, SC_EU_ROLE_IFM);
        ranges_are(ranges, n, &op.ifm2, SC_EU_ROLE_IFM2);
        ranges_are(ranges, n, &op.ofm, SC_EU_ROLE_OFM);
        n_tiles[n]++;
    }
    assert_true(n_tiles[3] && n_tiles[12]); /* all in one tile; all in four */
}

/* No sum of any registers wraps. */
static void ranges_of_extreme_maps_dont_wrap(void **state) {
    (void)state;
    const int64_t least = -(INT64_C(1) << 39), most = -least - 1;
    ScEthosUMap map = dense_map(1, (UINT64_C(1) << 40) - 1, 65536, 65536, 65536, 4);
    ScEthosURange ranges[SC_EU_MAX_RANGES];
    map.bricks = true;
    for (int side = 0; side <= 1; side++) {
        map.stride_y = map.stride_c = side ? most : least;
        ScEthosUOperation op = copy_operation(map, map);
        assert_int_equal(sc_ethos_u_ranges(&op, 24576, ranges), 2);
        int64_t steps = 65535 + 4095, base = (INT64_C(1) << 40) - 1;
        int64_t row = INT64_C(65535) * 64 + 64;
        assert_true(ranges[0].first == base + (side ? 0 : least * steps));
        assert_true(ranges[0].end == base + row + (side ? most * steps : 0));
    }
}

/* ---- constants, tables
 * ------------------------------------------------------------------- */

static const ScEthosURange *range_find(const ScEthosURange *ranges, uint32_t n,
                                       ScEthosURole role, uint32_t index) {
    for (uint32_t i = 0; i < n; i++) {
        if (ranges[i].role == role && index-- == 0) {
            return &ranges[i];
        }
    }
    return NULL;
}

static void ranges_of_weights_and_scales_are_those_of_the_cores(void **state) {
    (void)state;
    ScEthosUMap map = dense_map(1, 0, 2, 2, 8, 1);
    ScEthosUOperation op = copy_operation(map, map);
    ScEthosURange ranges[SC_EU_MAX_RANGES];
    op.code = SC_EU_CONV;
    op.weighted = op.scaled = true;
    op.weight_region = 0;
    op.scale_region = 3;
    op.weights[0] = (ScEthosUStretch){16, 100};
    op.weights[1] = (ScEthosUStretch){128, 50};
    op.scales[0] = (ScEthosUStretch){256, 40};
    op.scales[1] = (ScEthosUStretch){0xffffffffff, 0xfffff};
    assert_int_equal(sc_ethos_u_ranges(&op, 24576, ranges), 4);
    op.n_cores = 2;
    uint32_t n = sc_ethos_u_ranges(&op, 24576, ranges);
    assert_int_equal(n, 6);
    for (uint32_t i = 0; i < 2; i++) {
        const ScEthosURange *w = range_find(ranges, n, SC_EU_ROLE_WEIGHTS, i);
        const ScEthosURange *s = range_find(ranges, n, SC_EU_ROLE_SCALES, i);
        assert_true(w->first == (int64_t)op.weights[i].base && w->region == 0);
        assert_true(w->end - w->first == (int64_t)op.weights[i].n_bytes && !w->write);
        assert_true(s->first == (int64_t)op.scales[i].base && s->region == 3);
        assert_true(s->end - s->first == (int64_t)op.scales[i].n_bytes && !s->write);
    }
    op.weights[1].n_bytes = op.scales[0].n_bytes = 0;
    assert_int_equal(sc_ethos_u_ranges(&op, 24576, ranges), 4);
}

static void ranges_of_tables_lie_at_the_end_of_the_npus_memory(void **state) {
    (void)state;
    static const uint32_t n_bytes[] = {0, 256, 2048, 0, 1024};
    for (uint8_t size = 1; size <= 4; size *= 2) {
        for (uint8_t slot = 0; slot < SC_EU_N_TABLES; slot++) {
            ScEthosUMap map = dense_map(1, 0, 2, 2, 8, size);
            ScEthosUOperation op = copy_operation(map, map);
            ScEthosURange ranges[SC_EU_MAX_RANGES];
            ScEthosUSpace space = {
                .n_bytes = {0, 4096}, .writable = 2, .shram_bytes = 16384};
            op.act_function = (uint8_t)(SC_EU_ACT_TABLE0 + slot);
            uint32_t n = sc_ethos_u_ranges(&op, 16384, ranges);
            const ScEthosURange *table = range_find(ranges, n, SC_EU_ROLE_TABLE, 0);
            assert_non_null(table);
            assert_int_equal(table->region, SC_EU_INTERNAL);
            assert_int_equal(table->first, 14336 + 256 * slot);
            assert_int_equal(table->end - table->first, n_bytes[size]);
            assert_int_equal(sc_ethos_u_range_fits(table, &space),
                             256u * slot + n_bytes[size] <= 2048);
        }
    }
}

/* ---- copies
 * ------------------------------------------------------------------------------ */

static ScEthosUDma random_copy(uint64_t *seed) {
    ScEthosUDma dma = {.n_bytes = 1 + random_below(seed, 100),
                       .size0 = 1 + random_below(seed, 6),
                       .size1 = 1 + random_below(seed, 6),
                       .skip0 = random_below(seed, 300),
                       .skip1 = random_below(seed, 300)};
    dma.from = (ScEthosUDmaSide){.base = random_below(seed, 10000),
                                 .region = (uint8_t)random_below(seed, 8),
                                 .rank = (uint8_t)(1 + random_below(seed, 3))};
    dma.to = dma.from;
    dma.to.base = random_below(seed, 10000);
    dma.to.internal = random_below(seed, 2);
    dma.to.rank = (uint8_t)(1 + random_below(seed, 3));
    return dma;
}

static void side_is(const ScEthosUDma *dma, const ScEthosUDmaSide *side,
                    const ScEthosURange *range) {
    int64_t first = INT64_MAX, end = 0;
    for (uint32_t i1 = 0; i1 < dma->size1; i1++) {
        for (uint32_t i0 = 0; i0 < dma->size0; i0++) {
            int64_t n = (int64_t)dma->n_bytes, at = (int64_t)side->base;
            at += i0 * (side->rank > 1 ? n + dma->skip0 : n);
            at += i1 * (dma->size0 * n + (side->rank > 2 ? dma->skip1 : 0));
            first = at < first ? at : first;
            end = at + n > end ? at + n : end;
        }
    }
    assert_true(range->first == first);
    assert_true(range->end == end);
    assert_int_equal(range->region, side->internal ? SC_EU_INTERNAL : side->region);
}

static void ranges_of_random_copies_are_the_touched_bytes(void **state) {
    (void)state;
    uint64_t seed = 4;
    for (uint32_t i = 0; i < N_COPIES; i++) {
        ScEthosUDma dma = random_copy(&seed);
        ScEthosURange ranges[2];
        assert_int_equal(sc_ethos_u_dma_ranges(&dma, ranges), SC_OK);
        side_is(&dma, &dma.from, &ranges[0]);
        side_is(&dma, &dma.to, &ranges[1]);
        assert_false(ranges[0].write);
        assert_true(ranges[1].write);
        assert_int_equal(ranges[0].role, SC_EU_ROLE_FROM);
        assert_int_equal(ranges[1].role, SC_EU_ROLE_TO);
    }
}

static void ranges_of_copies_that_cant_be_meant_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        uint64_t n_bytes;
        uint32_t size0, size1;
        int64_t skip0, skip1;
        ScStatus status;
    } cases[] = {
        {"sound", 1, 1, 1, 0, 0, SC_OK},
        {"the largest", UINT64_C(1) << 30, 65535, 65535, UINT32_MAX, UINT32_MAX, SC_OK},
        {"no bytes", 0, 1, 1, 0, 0, SC_E_FORMAT},
        {"more than 1 GiB", (UINT64_C(1) << 30) + 1, 1, 1, 0, 0, SC_E_FORMAT},
        {"no rows", 1, 0, 1, 0, 0, SC_E_FORMAT},
        {"no planes", 1, 1, 0, 0, 0, SC_E_FORMAT},
        {"negative skip", 1, 1, 1, -1, 0, SC_E_FORMAT},
        {"negative skip of planes", 1, 1, 1, 0, -1, SC_E_FORMAT},
        {"long skip", 1, 1, 1, INT64_C(1) << 32, 0, SC_E_FORMAT},
        {"long skip of planes", 1, 1, 1, 0, INT64_C(1) << 32, SC_E_FORMAT},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        ScEthosURange ranges[2];
        ScEthosUDma dma = {.from = {.base = (UINT64_C(1) << 40) - 1, .rank = 3},
                           .to = {.base = 7, .rank = 3},
                           .n_bytes = cases[i].n_bytes,
                           .size0 = cases[i].size0,
                           .size1 = cases[i].size1,
                           .skip0 = cases[i].skip0,
                           .skip1 = cases[i].skip1};
        ScStatus status = sc_ethos_u_dma_ranges(&dma, ranges);
        if (status != cases[i].status) {
            fail_msg("%s: %s", cases[i].rule, sc_status_name(status));
        }
        assert_true(status != SC_OK ||
                    (ranges[0].first < ranges[0].end && ranges[1].first < ranges[1].end));
    }
}

/* ---- the verifier: leaving a region
 * ------------------------------------------------------- */

enum { WEIGHT_BYTES = 64, SCRATCH_BYTES = 256, FAST_BYTES = 128, SHRAM_BYTES = 24576 };

static const ScEthosUSpace space = {.n_bytes = {WEIGHT_BYTES, SCRATCH_BYTES, FAST_BYTES},
                                    .writable = 6,
                                    .shram_bytes = SHRAM_BYTES};

static ScStatus stream_verify(const Stream *s, ScEthosUFault *fault) {
    memset(fault, 0, sizeof *fault);
    uint32_t *copy = malloc(4 * (size_t)s->n + 1); /* a byte behind the end is seen */
    memcpy(copy, s->words, 4 * (size_t)s->n);
    ScStatus status = sc_ethos_u_verify((uint8_t *)copy, s->n, &space, fault);
    assert_int_equal(sc_ethos_u_verify((uint8_t *)copy, s->n, &space, NULL), status);
    assert_true((status == SC_OK) == (fault->what == NULL));
    free(copy);
    return status;
}

/* Elementwise sum of two maps of 32 bytes, in and out of the scratch. */
static ScEthosUOperation sum_operation(void) {
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 2, 2, 8, 1), dense_map(1, 64, 2, 2, 8, 1));
    op.code = SC_EU_ELEMENTWISE;
    op.mode = SC_EU_ADD;
    op.ifm2 = dense_map(1, 32, 2, 2, 8, 1);
    op.has_ifm2 = true;
    return op;
}

static ScEthosUOperation conv_operation(void) {
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 2, 2, 8, 1), dense_map(1, 64, 2, 2, 8, 1));
    op.code = SC_EU_CONV;
    op.mode = 0;
    op.n_cores = 2;
    op.weights[0] = (ScEthosUStretch){0, 16};
    op.weights[1] = (ScEthosUStretch){16, 16};
    op.scales[0] = (ScEthosUStretch){32, 16};
    op.scales[1] = (ScEthosUStretch){48, 16};
    return op;
}

static ScEthosUDma row_copy(void) {
    return (ScEthosUDma){.from = {.base = 0, .region = 0, .rank = 3},
                         .to = {.base = 0, .region = 1, .rank = 3},
                         .n_bytes = 8,
                         .size0 = 2,
                         .size1 = 2};
}

typedef enum Kind { SUM, CONV, COPY, TABLE } Kind;

static void kind_write(Stream *s, Kind kind) {
    ScEthosUOperation op = kind == CONV ? conv_operation() : sum_operation();
    ScEthosUDma dma = row_copy();
    op.act_function = kind == TABLE ? SC_EU_ACT_TABLE0 : SC_EU_ACT_NONE;
    if (kind == COPY) {
        stream_dma(s, &dma);
    } else {
        stream_operation(s, &op);
    }
}

/* Registers that are set differently from a stream that is sound: a narrow one, or an
 * address (code + WIDE). */
enum { WIDE = 4096, NO_ROLE = 99 };

typedef struct Leave {
    const char *rule;
    Kind kind;
    uint32_t code;
    int64_t value;
    uint32_t role; /* of the bad range; NO_ROLE: it is sound */
} Leave;

static const Leave leaves[] = {
    {"IFM up to the last byte", SUM, WIDE | 0, SCRATCH_BYTES - 32, NO_ROLE},
    {"IFM a byte behind", SUM, WIDE | 0, SCRATCH_BYTES - 31, SC_EU_ROLE_IFM},
    {"IFM far away", SUM, WIDE | 0, (INT64_C(1) << 40) - 1, SC_EU_ROLE_IFM},
    {"IFM 2^32 behind", SUM, WIDE | 0, INT64_C(1) << 32, SC_EU_ROLE_IFM},
    {"IFM before the start", SUM, WIDE | 5, -1, SC_EU_ROLE_IFM},
    {"IFM's rows too far apart", SUM, WIDE | 5, 241, SC_EU_ROLE_IFM},
    {"IFM's columns too far apart", SUM, WIDE | 4, 233, SC_EU_ROLE_IFM},
    {"IFM's second tile", SUM, 266, 0, NO_ROLE},
    {"IFM in the weights", SUM, 271, 0, NO_ROLE},
    {"IFM in a region that isn't there", SUM, 271, 3, SC_EU_ROLE_IFM},
    {"IFM in region 7", SUM, 271, 7, SC_EU_ROLE_IFM},
    {"IFM of larger elements", SUM, 261, 1 | 2 << 2, NO_ROLE},
    {"IFM in bricks", SUM, 261, 1 | 1 << 6, NO_ROLE},
    {"IFM2 a byte behind", SUM, WIDE | 128, SCRATCH_BYTES - 31, SC_EU_ROLE_IFM2},
    {"IFM2 that is a number", SUM, 384, 1 << 7, NO_ROLE},
    {"IFM2 before the start", SUM, WIDE | 133, -64, SC_EU_ROLE_IFM2},
    {"IFM2 in region 5", SUM, 399, 5, SC_EU_ROLE_IFM2},
    {"OFM up to the last byte", SUM, WIDE | 16, SCRATCH_BYTES - 32, NO_ROLE},
    {"OFM a byte behind", SUM, WIDE | 16, SCRATCH_BYTES - 31, SC_EU_ROLE_OFM},
    {"OFM before the start", SUM, WIDE | 21, -65, SC_EU_ROLE_OFM},
    {"OFM backwards to the start", SUM, WIDE | 21, -64, NO_ROLE},
    {"OFM in the weights", SUM, 287, 0, SC_EU_ROLE_OFM},
    {"OFM in the fast scratch", SUM, 287, 2, NO_ROLE},
    {"OFM of larger elements", SUM, 276, 1 | 2 << 1 | 2 << 14, NO_ROLE},
    {"weights up to the last byte", CONV, WIDE | 32, WEIGHT_BYTES - 16, NO_ROLE},
    {"weights a byte behind", CONV, WIDE | 32, WEIGHT_BYTES - 15, SC_EU_ROLE_WEIGHTS},
    {"weights too long", CONV, WIDE | 33, WEIGHT_BYTES + 1, SC_EU_ROLE_WEIGHTS},
    {"weights of 4 GiB", CONV, WIDE | 33, 0xffffffff, SC_EU_ROLE_WEIGHTS},
    {"weights in region 4", CONV, 296, 4, SC_EU_ROLE_WEIGHTS},
    {"weights in the scratch", CONV, 296, 1, NO_ROLE},
    {"weights of core 1", CONV, WIDE | 144, WEIGHT_BYTES - 15, SC_EU_ROLE_WEIGHTS},
    {"weights of core 1 too long", CONV, WIDE | 145, 49, SC_EU_ROLE_WEIGHTS},
    {"a core that isn't used", CONV, 291, 0, NO_ROLE},
    {"scales a byte behind", CONV, WIDE | 34, WEIGHT_BYTES - 15, SC_EU_ROLE_SCALES},
    {"scales too long", CONV, WIDE | 35, 33, SC_EU_ROLE_SCALES},
    {"scales of 2^20 bytes are none", CONV, WIDE | 35, 1 << 20, NO_ROLE},
    {"scales in region 6", CONV, 297, 6, SC_EU_ROLE_SCALES},
    {"scales of core 1", CONV, WIDE | 146, WEIGHT_BYTES - 15, SC_EU_ROLE_SCALES},
    {"DMA from the last bytes", COPY, WIDE | 48, WEIGHT_BYTES - 32, NO_ROLE},
    {"DMA from a byte behind", COPY, WIDE | 48, WEIGHT_BYTES - 31, SC_EU_ROLE_FROM},
    {"DMA from region 4", COPY, 304, 4 | 2 << 9, SC_EU_ROLE_FROM},
    {"DMA from inside the NPU", COPY, 304, 1 << 8 | 2 << 9, NO_ROLE},
    {"DMA too long", COPY, WIDE | 50, 17, SC_EU_ROLE_FROM},
    {"DMA with long skips", COPY, WIDE | 51, 33, SC_EU_ROLE_FROM},
    {"DMA with long skips of planes", COPY, WIDE | 52, 33, SC_EU_ROLE_FROM},
    {"DMA of more rows", COPY, 306, 5, SC_EU_ROLE_FROM},
    {"DMA of more planes", COPY, 307, 5, SC_EU_ROLE_FROM},
    {"DMA to the last bytes", COPY, WIDE | 49, SCRATCH_BYTES - 32, NO_ROLE},
    {"DMA to a byte behind", COPY, WIDE | 49, SCRATCH_BYTES - 31, SC_EU_ROLE_TO},
    {"DMA to the weights", COPY, 305, 0 | 2 << 9, SC_EU_ROLE_TO},
    {"DMA to region 3", COPY, 305, 3 | 2 << 9, SC_EU_ROLE_TO},
    {"DMA into the NPU", COPY, 305, 1 << 8 | 2 << 9, NO_ROLE},
    {"a table", TABLE, 293, 16, NO_ROLE},
    {"the last table", TABLE, 293, 23, NO_ROLE},
};

static ScStatus leave_verify(const Leave *leave, ScEthosUFault *fault, uint32_t *word) {
    static Stream s;
    s.n = 0;
    kind_write(&s, leave->kind);
    uint32_t operation = s.words[--s.n];
    if (leave->code & WIDE) {
        address(&s, leave->code & ~(uint32_t)WIDE, leave->value);
    } else {
        narrow(&s, leave->code, (uint32_t)leave->value);
    }
    *word = s.n;
    stream_word(&s, operation);
    stream_stop(&s);
    return stream_verify(&s, fault);
}

static void verify_each_way_out_of_a_region_is_found(void **state) {
    (void)state;
    for (uint32_t i = 0; i < COUNT(leaves); i++) {
        ScEthosUFault fault;
        uint32_t word;
        ScStatus status = leave_verify(&leaves[i], &fault, &word);
        if (status != (leaves[i].role == NO_ROLE ? SC_OK : SC_E_RANGE)) {
            fail_msg("%s: %s, role %u", leaves[i].rule, sc_status_name(status),
                     fault.range.role);
        }
        if (status != SC_OK) {
            assert_int_equal(fault.word, word);
            assert_int_equal(fault.range.role, leaves[i].role);
            assert_false(sc_ethos_u_range_fits(&fault.range, &space));
        }
    }
}

static void verify_tables_and_copies_outside_of_the_npus_memory_are_found(void **state) {
    (void)state;
    ScEthosUFault fault;
    static Stream s = {.n = 0};
    ScEthosUDma dma = row_copy();
    dma.to = (ScEthosUDmaSide){.base = SHRAM_BYTES - 32, .internal = true, .rank = 3};
    stream_dma(&s, &dma);
    stream_stop(&s);
    assert_int_equal(stream_verify(&s, &fault), SC_OK);
    s.n = 0;
    dma.to.base++;
    stream_dma(&s, &dma);
    stream_stop(&s);
    assert_int_equal(stream_verify(&s, &fault), SC_E_RANGE);
    assert_int_equal(fault.range.region, SC_EU_INTERNAL);
    s.n = 0;
    ScEthosUOperation op = sum_operation();
    op.ifm.n_bytes = op.ifm2.n_bytes = 1;
    op.ofm = dense_map(2, 0, 2, 2, 8, 4);
    op.act_function = SC_EU_ACT_TABLE0 + 4; /* 1 KiB ends with the memory */
    stream_operation(&s, &op);
    stream_stop(&s);
    assert_int_equal(stream_verify(&s, &fault), SC_OK);
    s.n = 0;
    op.act_function++;
    stream_operation(&s, &op);
    stream_stop(&s);
    assert_int_equal(stream_verify(&s, &fault), SC_E_RANGE);
    assert_int_equal(fault.range.role, SC_EU_ROLE_TABLE);
}

/* ---- the verifier: the stream
 * ------------------------------------------------------------- */

static void verify_streams_end_with_stop(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        uint32_t words[4];
        uint32_t n;
        ScStatus status;
        uint32_t word; /* of the fault */
    } cases[] = {
        {"only STOP", {0}, 1, SC_OK, 0},
        {"waits and marks", {0x11, 0x12, 0x13, 0}, 4, SC_OK, 0},
        {"empty", {0}, 0, SC_E_FORMAT, 0},
        {"no STOP", {0x11, 0x12}, 2, SC_E_FORMAT, 2},
        {"behind STOP", {0x11, 0, 0x11}, 3, SC_E_FORMAT, 1},
        {"two STOPs", {0, 0}, 2, SC_E_FORMAT, 0},
        {"a register 0 is no STOP", {0x4000, 0}, 2, SC_E_FORMAT, 2},
        {"second word cut off", {0x11, 0x4000}, 2, SC_E_FORMAT, 1},
        {"an operation that isn't there", {0x11, 4, 0}, 3, SC_E_FORMAT, 1},
        {"U85's resize", {7, 0}, 2, SC_E_FORMAT, 0},
        {"an operation whose sizes don't exist", {0x30005, 0}, 2, SC_E_FORMAT, 0},
        {"a DMA of no bytes", {0x10, 0}, 2, SC_E_FORMAT, 0},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        ScEthosUFault fault;
        Stream s = {.n = cases[i].n};
        memcpy(s.words, cases[i].words, sizeof cases[i].words);
        ScStatus status = stream_verify(&s, &fault);
        if (status != cases[i].status || fault.word != cases[i].word) {
            fail_msg("%s: %s at word %u", cases[i].rule, sc_status_name(status),
                     fault.word);
        }
    }
}

/* Registers keep their values: the second operation is bad by what the first has set. */
static void verify_registers_stay_set(void **state) {
    (void)state;
    static Stream s = {.n = 0};
    ScEthosUFault fault;
    ScEthosUOperation op = sum_operation();
    op.ifm.base[3] = 1u << 20; /* a tile that the first operation doesn't reach */
    stream_operation(&s, &op);
    narrow(&s, SC_EU_IFM_WIDTH0_M1, 0);
    narrow(&s, SC_EU_IFM_HEIGHT1_M1, 0);
    uint32_t word = s.n;
    narrow(&s, SC_EU_ELEMENTWISE, SC_EU_ADD);
    stream_stop(&s);
    assert_int_equal(stream_verify(&s, &fault), SC_E_RANGE);
    assert_int_equal(fault.word, word);
    assert_int_equal(fault.range.first, 1u << 20);
}

static void extents_are_the_ends_of_all_ranges(void **state) {
    (void)state;
    static Stream s = {.n = 0};
    uint64_t n_bytes[SC_EU_N_REGIONS];
    ScEthosUOperation op = sum_operation();
    ScEthosUDma dma = row_copy();
    op.ofm.region = 2;
    op.ofm.base[0] = 1000;
    stream_operation(&s, &op);
    dma.from.base = 77;
    dma.to = (ScEthosUDmaSide){.base = 22528, .internal = true, .rank = 1};
    stream_dma(&s, &dma);
    stream_stop(&s);
    assert_int_equal(sc_ethos_u_extents(stream_bytes(&s), s.n, SHRAM_BYTES, n_bytes),
                     SC_OK);
    static const uint64_t wanted[SC_EU_N_REGIONS] = {77 + 32, 64, 1032};
    assert_memory_equal(n_bytes, wanted, sizeof wanted);
    assert_int_equal(sc_ethos_u_extents(stream_bytes(&s), s.n - 1, SHRAM_BYTES, n_bytes),
                     SC_E_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_of_random_maps_are_the_touched_bytes),
        cmocka_unit_test(ranges_of_extreme_maps_dont_wrap),
        cmocka_unit_test(ranges_of_weights_and_scales_are_those_of_the_cores),
        cmocka_unit_test(ranges_of_tables_lie_at_the_end_of_the_npus_memory),
        cmocka_unit_test(ranges_of_random_copies_are_the_touched_bytes),
        cmocka_unit_test(ranges_of_copies_that_cant_be_meant_are_refused),
        cmocka_unit_test(verify_each_way_out_of_a_region_is_found),
        cmocka_unit_test(verify_tables_and_copies_outside_of_the_npus_memory_are_found),
        cmocka_unit_test(verify_streams_end_with_stop),
        cmocka_unit_test(verify_registers_stay_set),
        cmocka_unit_test(extents_are_the_ends_of_all_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
