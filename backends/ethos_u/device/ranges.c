/* SPDX-License-Identifier: Apache-2.0 */
/* Byte ranges of operations, and the stream verifier. The contract is in ranges.h. */
#include "backends/ethos_u/device/ranges.h"

#include <string.h>

/* ---- ranges ------------------------------------------------------------------------- */

static uint32_t less(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t above(uint32_t a, uint32_t b) {
    return a > b ? a - b : 0;
}

/* Extends [*first, *end) by n steps of a stride. |stride| < 2^39, n < 2^16. */
static void extend(int64_t stride, uint32_t n, int64_t *first, int64_t *end) {
    int64_t reach = stride * (int64_t)n;
    *first += reach < 0 ? reach : 0;
    *end += reach > 0 ? reach : 0;
}

/* Sizes of tile i: left ones (0, 2) are split at height0, right ones (1, 3) at height1. */
static void tile_sizes(const ScEthosUMap *map, uint32_t i, uint32_t *out_h,
                       uint32_t *out_w) {
    uint32_t split = i & 1u ? map->height1 : map->height0;
    *out_w = i & 1u ? above(map->width, map->width0) : less(map->width, map->width0);
    *out_h = i & 2u ? above(map->height, split) : less(map->height, split);
}

static uint32_t map_ranges(const ScEthosUMap *map, ScEthosURole role, ScEthosURange *out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t h, w;
        tile_sizes(map, i, &h, &w);
        if (!h || !w) {
            continue;
        }
        int64_t first = (int64_t)map->base[i];
        int64_t end = first + (map->bricks ? SC_EU_BRICK : map->depth) * map->n_bytes;
        extend(map->stride_y, h - 1, &first, &end);
        extend(map->bricks ? SC_EU_BRICK * map->n_bytes : map->stride_x, w - 1, &first,
               &end);
        if (map->bricks) {
            extend(map->stride_c, (map->depth - 1) / SC_EU_BRICK, &first, &end);
        }
        out[n++] =
            (ScEthosURange){first, end, map->region, (uint8_t)role, role == SC_EU_ROLE_OFM};
    }
    return n;
}

static uint32_t stretch_ranges(const ScEthosUStretch *stretches, uint32_t n_stretches,
                               uint8_t region, ScEthosURole role, ScEthosURange *out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_stretches; i++) {
        if (stretches[i].n_bytes) {
            int64_t first = (int64_t)stretches[i].base;
            out[n++] = (ScEthosURange){first, first + (int64_t)stretches[i].n_bytes, region,
                                       (uint8_t)role, false};
        }
    }
    return n;
}

/* 256 bytes for 8 bits, 1 KiB of 32-bit results, 2 KiB of bases and slopes for 16 bits. */
static uint32_t table_bytes(const ScEthosUOperation *op) {
    return op->ofm.n_bytes == 1 ? 256 : op->ofm.n_bytes == 2 ? 2048 : 1024;
}

static uint32_t table_range(const ScEthosUOperation *op, uint32_t shram_bytes,
                            ScEthosURange *out) {
    if (op->act_function < SC_EU_ACT_TABLE0) {
        return 0;
    }
    int64_t first =
        (int64_t)shram_bytes - 2048 + 256 * (op->act_function - SC_EU_ACT_TABLE0);
    *out = (ScEthosURange){first, first + table_bytes(op), SC_EU_INTERNAL, SC_EU_ROLE_TABLE,
                           false};
    return 1;
}

uint32_t sc_ethos_u_ranges(const ScEthosUOperation *op, uint32_t shram_bytes,
                           ScEthosURange out_ranges[SC_EU_MAX_RANGES]) {
    uint32_t n = map_ranges(&op->ifm, SC_EU_ROLE_IFM, out_ranges);
    if (op->has_ifm2) {
        n += map_ranges(&op->ifm2, SC_EU_ROLE_IFM2, out_ranges + n);
    }
    n += map_ranges(&op->ofm, SC_EU_ROLE_OFM, out_ranges + n);
    if (op->weighted) {
        n += stretch_ranges(op->weights, op->n_cores, op->weight_region, SC_EU_ROLE_WEIGHTS,
                            out_ranges + n);
    }
    if (op->scaled) {
        n += stretch_ranges(op->scales, op->n_cores, op->scale_region, SC_EU_ROLE_SCALES,
                            out_ranges + n);
    }
    return n + table_range(op, shram_bytes, out_ranges + n);
}

static ScEthosURange side_range(const ScEthosUDma *dma, const ScEthosUDmaSide *side,
                                bool write) {
    int64_t length = (int64_t)dma->n_bytes;
    int64_t first = (int64_t)side->base, end = first + length;
    extend(length + (side->rank > 1 ? dma->skip0 : 0), dma->size0 - 1, &first, &end);
    extend(length * dma->size0 + (side->rank > 2 ? dma->skip1 : 0), dma->size1 - 1, &first,
           &end);
    return (ScEthosURange){first, end,
                           side->internal ? (uint8_t)SC_EU_INTERNAL : side->region,
                           write ? SC_EU_ROLE_TO : SC_EU_ROLE_FROM, write};
}

ScStatus sc_ethos_u_dma_ranges(const ScEthosUDma *dma, ScEthosURange out_ranges[2]) {
    if (!dma->n_bytes || dma->n_bytes > UINT32_C(1) << 30 || !dma->size0 || !dma->size1 ||
        dma->skip0 > UINT32_MAX || dma->skip1 > UINT32_MAX || dma->skip0 < 0 ||
        dma->skip1 < 0) {
        return SC_E_FORMAT;
    }
    out_ranges[0] = side_range(dma, &dma->from, false);
    out_ranges[1] = side_range(dma, &dma->to, true);
    return SC_OK;
}

bool sc_ethos_u_range_fits(const ScEthosURange *range, const ScEthosUSpace *space) {
    bool internal = range->region == SC_EU_INTERNAL;
    uint64_t n_bytes = internal ? space->shram_bytes : space->n_bytes[range->region];
    bool writable = internal || (space->writable >> range->region & 1u);
    return range->first >= 0 && (uint64_t)range->end <= n_bytes &&
           (writable || !range->write);
}

/* ---- streams ------------------------------------------------------------------------ */

/* Called with the ranges of each operation. */
typedef ScStatus (*Visit)(void *user, uint32_t word, const ScEthosURange *ranges,
                          uint32_t n);

typedef struct Walk {
    ScEthosURegisters registers;
    ScEthosURange ranges[SC_EU_MAX_RANGES];
    uint32_t shram_bytes;
    Visit visit;
    void *user;
    const char *what; /* is wrong, when the walk fails */
    uint32_t word;
} Walk;

static ScStatus operation_visit(Walk *walk, const ScEthosUCommand *command) {
    ScEthosUOperation op;
    walk->what = "an operation whose sizes or modes don't exist";
    SC_TRY(sc_ethos_u_operation(&walk->registers, command, &op));
    uint32_t n = sc_ethos_u_ranges(&op, walk->shram_bytes, walk->ranges);
    return walk->visit(walk->user, walk->word, walk->ranges, n);
}

static ScStatus dma_visit(Walk *walk) {
    ScEthosUDma dma;
    sc_ethos_u_dma(&walk->registers, &dma);
    walk->what = "a DMA of sizes that don't exist";
    SC_TRY(sc_ethos_u_dma_ranges(&dma, walk->ranges));
    return walk->visit(walk->user, walk->word, walk->ranges, 2);
}

static ScStatus command_visit(Walk *walk, const ScEthosUCommand *command) {
    if (sc_ethos_u_command_set(command, &walk->registers)) {
        return SC_OK;
    }
    switch (command->code) {
    case SC_EU_CONV:
    case SC_EU_DEPTHWISE:
    case SC_EU_POOL:
    case SC_EU_ELEMENTWISE:
        return operation_visit(walk, command);
    case SC_EU_DMA_START:
        return dma_visit(walk);
    default:
        return SC_OK;
    }
}

static ScStatus stream_walk(Walk *walk, const uint8_t *words, uint32_t n_words) {
    ScEthosUCommand command;
    memset(&walk->registers, 0, sizeof walk->registers);
    for (uint32_t at = 0;;) {
        walk->word = at;
        walk->what = "no command of this NPU, or the stream has no end";
        SC_TRY(sc_ethos_u_command_read(words, n_words, &at, &command));
        SC_TRY(command_visit(walk, &command));
        if (command.code == SC_EU_STOP && !command.is_wide) {
            walk->what = "commands behind STOP";
            return at == n_words ? SC_OK : SC_E_FORMAT;
        }
    }
}

typedef struct Verify {
    const ScEthosUSpace *space;
    ScEthosURange bad;
} Verify;

static ScStatus ranges_verify(void *user, uint32_t word, const ScEthosURange *ranges,
                              uint32_t n) {
    Verify *verify = user;
    (void)word;
    for (uint32_t i = 0; i < n; i++) {
        if (!sc_ethos_u_range_fits(&ranges[i], verify->space)) {
            verify->bad = ranges[i];
            return SC_E_RANGE;
        }
    }
    return SC_OK;
}

ScStatus sc_ethos_u_verify(const uint8_t *words, uint32_t n_words,
                           const ScEthosUSpace *space, ScEthosUFault *out_fault) {
    Verify verify;
    Walk walk;
    memset(&verify, 0, sizeof verify);
    verify.space = space;
    walk.shram_bytes = space->shram_bytes;
    walk.visit = ranges_verify;
    walk.user = &verify;
    ScStatus status = stream_walk(&walk, words, n_words);
    if (status != SC_OK && out_fault) {
        out_fault->word = walk.word;
        out_fault->what =
            status == SC_E_RANGE ? "an address range outside of its region" : walk.what;
        out_fault->range = verify.bad;
    }
    return status;
}

static ScStatus ranges_extend(void *user, uint32_t word, const ScEthosURange *ranges,
                              uint32_t n) {
    uint64_t *n_bytes = user;
    (void)word;
    for (uint32_t i = 0; i < n; i++) {
        const ScEthosURange *range = &ranges[i];
        if (range->region < SC_EU_N_REGIONS && range->end > 0 &&
            (uint64_t)range->end > n_bytes[range->region]) {
            n_bytes[range->region] = (uint64_t)range->end;
        }
    }
    return SC_OK;
}

ScStatus sc_ethos_u_extents(const uint8_t *words, uint32_t n_words, uint32_t shram_bytes,
                            uint64_t out_bytes[SC_EU_N_REGIONS]) {
    Walk walk;
    memset(out_bytes, 0, SC_EU_N_REGIONS * sizeof *out_bytes);
    walk.shram_bytes = shram_bytes;
    walk.visit = ranges_extend;
    walk.user = out_bytes;
    return stream_walk(&walk, words, n_words);
}
