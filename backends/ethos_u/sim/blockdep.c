/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict mode: does BLOCKDEP let a kernel read what the one before it hasn't written yet?
 *
 * A kernel works block by block; BLOCKDEP n lets its first jobs run while the last ones of
 * the kernel before do: job i beside the job j places before the last, as long as i + j <
 * n. A job of the writer is an OFM block, channels first, then columns, then rows. A job of
 * the reader is a piece of the IFM's channels for an OFM block: 32 channels of a
 * convolution (16 with part-kernel order or 16 bits), the block's own channels of the rest.
 * Source: what Vela 5.2.0 keeps apart when it chooses BLOCKDEP.
 */
#include "backends/ethos_u/sim/state.h"

/* Coordinates [first, end) in a map; 0 = y, 1 = x, 2 = channel. */
typedef struct Box {
    int64_t first[3], end[3];
} Box;

static bool boxes_meet(const Box *a, const Box *b) {
    for (uint32_t d = 0; d < 3; d++) {
        if (a->first[d] >= b->end[d] || b->first[d] >= a->end[d]) {
            return false;
        }
    }
    return true;
}

static uint32_t ceil_div(uint32_t a, uint32_t b) {
    return (a + b - 1) / b;
}

static uint64_t block_count(const ScEthosUOperation *op) {
    return (uint64_t)ceil_div(op->ofm.height, op->block_h) *
           ceil_div(op->ofm.width, op->block_w) * ceil_div(op->ofm.depth, op->block_d);
}

/* OFM block `index`, cut at the map's end. */
static Box block_box(const ScEthosUOperation *op, uint64_t index) {
    uint32_t n_z = ceil_div(op->ofm.depth, op->block_d);
    uint32_t n_x = ceil_div(op->ofm.width, op->block_w);
    const uint32_t size[3] = {op->block_h, op->block_w, op->block_d};
    const uint32_t whole[3] = {op->ofm.height, op->ofm.width, op->ofm.depth};
    const uint64_t at[3] = {index / n_z / n_x, index / n_z % n_x, index % n_z};
    Box box;
    for (uint32_t d = 0; d < 3; d++) {
        box.first[d] = (int64_t)(at[d] * size[d]);
        box.end[d] = box.first[d] + size[d];
        box.end[d] = box.end[d] < whole[d] ? box.end[d] : whole[d];
    }
    return box;
}

/* What rows (or columns) first..end-1 of the OFM need of the IFM. */
static void side_needed(const ScEthosUOperation *op, uint32_t step, uint32_t kernel,
                        uint32_t dilation, uint32_t pad, int64_t *first, int64_t *end) {
    *end = (*end - 1) * step + (int64_t)(kernel - 1) * dilation + 1 - pad;
    *first = *first * step - pad;
    if (op->upscale) {
        *first /= 2;
        *end = (*end + 1) / 2;
    }
}

static uint32_t piece_depth(const ScEthosUOperation *op) {
    if (op->code == SC_EU_CONV) {
        return op->part_kernel || op->ifm.n_bytes > 1 ? 16 : 32;
    }
    return op->ifm.depth == op->ofm.depth ? op->block_d : op->ifm.depth;
}

/* Job `index` of the reader: a box of its IFM; false: it has fewer. */
static bool job_box(const ScEthosUOperation *op, uint64_t index, Box *out_box) {
    bool own_channels = op->code != SC_EU_CONV && op->ifm.depth == op->ofm.depth;
    uint32_t depth = piece_depth(op);
    uint32_t n_pieces = own_channels ? 1 : ceil_div(op->ifm.depth, depth);
    if (index / n_pieces >= block_count(op)) {
        return false;
    }
    Box box = block_box(op, index / n_pieces);
    side_needed(op, op->step_y, op->kernel_h, op->dilation_y, op->pad_top, &box.first[0],
                &box.end[0]);
    side_needed(op, op->step_x, op->kernel_w, op->dilation_x, op->pad_left, &box.first[1],
                &box.end[1]);
    if (!own_channels) {
        box.first[2] = (int64_t)(index % n_pieces) * depth;
        box.end[2] = box.first[2] + depth;
    }
    *out_box = box;
    return true;
}

/* ---- two maps
 * ---------------------------------------------------------------------------- */

static bool is_one_tile(const ScEthosUMap *map) {
    return map->height <= map->height0 && map->width <= map->width0;
}

static bool layouts_agree(const ScEthosUMap *a, const ScEthosUMap *b) {
    return a->region == b->region && a->n_bytes == b->n_bytes && a->bricks == b->bricks &&
           a->stride_y == b->stride_y && a->stride_y > 0 &&
           (a->bricks ? a->stride_c == b->stride_c && a->stride_c > 0
                      : a->stride_x == b->stride_x && a->stride_x > 0) &&
           is_one_tile(a) && is_one_tile(b);
}

/* Coordinates of `map`'s origin in a map of the same layout that starts at `base`. */
static void origin_find(const ScEthosUMap *map, uint64_t base, int64_t out_at[3]) {
    int64_t rest = (int64_t)(map->base[0] - base);
    int64_t step = map->bricks ? SC_EU_BRICK * map->n_bytes : map->stride_x;
    out_at[0] = rest / map->stride_y;
    rest %= map->stride_y;
    out_at[2] = map->bricks ? rest / map->stride_c * SC_EU_BRICK : 0;
    rest = map->bricks ? rest % map->stride_c : rest;
    out_at[1] = rest / step;
    out_at[2] += rest % step / map->n_bytes;
}

/* Jobs that may run side by side must not meet. */
static bool jobs_meet(const ScEthosUOperation *writer, const ScEthosUOperation *reader,
                      const ScEthosUMap *ifm) {
    uint64_t n_blocks = block_count(writer);
    int64_t origin[3];
    origin_find(ifm, writer->ofm.base[0], origin);
    for (uint32_t i = 0; i < reader->blockdep; i++) {
        for (uint32_t j = 0; i + j < reader->blockdep && j < n_blocks; j++) {
            Box read, written = block_box(writer, n_blocks - 1 - j);
            if (!job_box(reader, i, &read)) {
                return false;
            }
            for (uint32_t d = 0; d < 3; d++) {
                read.first[d] += origin[d];
                read.end[d] += origin[d];
            }
            if (boxes_meet(&read, &written)) {
                return true;
            }
        }
    }
    return false;
}

bool sc_ethos_u_blocks_meet(const ScEthosUOperation *writer,
                            const ScEthosUOperation *reader, const ScEthosUMap *ifm) {
    bool small = ifm == &reader->ifm2 &&
                 (ifm->height != reader->ofm.height || ifm->width != reader->ofm.width ||
                  ifm->depth != reader->ofm.depth);
    if (!reader->blockdep) {
        return false;
    }
    return small || !layouts_agree(&writer->ofm, ifm) ? true
                                                      : jobs_meet(writer, reader, ifm);
}
