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

/* ---- bytes of boxes
 * ---------------------------------------------------------------------- */

/* A box of a map, and the bytes from its lowest to its highest pixel in one row. */
typedef struct Part {
    const ScEthosUMap *map;
    Box box;
} Part;

static int64_t clamped(int64_t value, uint32_t size) {
    return value < 0 ? 0 : value > size ? size : value;
}

/* Cuts the box at the map's ends; where the map is one element wide it is broadcast. */
static Part part_of(const ScEthosUMap *map, Box box) {
    const uint32_t whole[3] = {map->height, map->width, map->depth};
    for (uint32_t d = 0; d < 3; d++) {
        box.first[d] = whole[d] == 1 ? 0 : clamped(box.first[d], whole[d]);
        box.end[d] = whole[d] == 1 ? 1 : clamped(box.end[d], whole[d]);
    }
    return (Part){map, box};
}

/* Bytes of the box's channels of one pixel, from the first brick's on. */
typedef struct Span {
    int64_t first, end;
} Span;

static Span pixel_span(const Part *p, int64_t y, int64_t x) {
    int64_t at = sc_ethos_u_offset(p->map, (uint32_t)y, (uint32_t)x);
    int64_t n_bytes = p->map->n_bytes;
    return (Span){at + p->box.first[2] * n_bytes, at + p->box.end[2] * n_bytes};
}

/* In bricks the channels of a pixel lie in pieces. */
static bool bricks_meet(const Part *a, Span in_a, const Part *b, Span in_b) {
    int64_t brick_a = SC_EU_BRICK * a->map->n_bytes,
            brick_b = SC_EU_BRICK * b->map->n_bytes;
    int64_t base_a = in_a.first - a->box.first[2] * a->map->n_bytes;
    int64_t base_b = in_b.first - b->box.first[2] * b->map->n_bytes;
    for (int64_t i = a->box.first[2] / SC_EU_BRICK; i * SC_EU_BRICK < a->box.end[2]; i++) {
        int64_t first_a = base_a + i * a->map->stride_c;
        for (int64_t k = b->box.first[2] / SC_EU_BRICK; k * SC_EU_BRICK < b->box.end[2];
             k++) {
            int64_t first_b = base_b + k * b->map->stride_c;
            if (first_a < first_b + brick_b && first_b < first_a + brick_a) {
                return true;
            }
        }
    }
    return false;
}

static bool pixels_meet(const Part *a, Span in_a, const Part *b, Span in_b) {
    if (a->map->bricks && b->map->bricks) {
        return bricks_meet(a, in_a, b, in_b);
    }
    /* Of different layouts only Vela's copies are; they are seldom neighbours. */
    return in_a.first < in_b.end && in_b.first < in_a.end;
}

static bool rows_meet(const Part *a, int64_t ya, const Part *b, int64_t yb) {
    for (int64_t xa = a->box.first[1]; xa < a->box.end[1]; xa++) {
        Span in_a = pixel_span(a, ya, xa);
        for (int64_t xb = b->box.first[1]; xb < b->box.end[1]; xb++) {
            if (pixels_meet(a, in_a, b, pixel_span(b, yb, xb))) {
                return true;
            }
        }
    }
    return false;
}

/* From the lowest to the highest byte of a row of the box, all bricks included. */
static Span row_span(const Part *p, int64_t y) {
    Span left = pixel_span(p, y, p->box.first[1]);
    Span right = pixel_span(p, y, p->box.end[1] - 1);
    int64_t more =
        p->map->bricks ? p->map->stride_c * (p->box.end[2] / SC_EU_BRICK + 1) : 0;
    return (Span){left.first < right.first ? left.first : right.first,
                  (left.end > right.end ? left.end : right.end) + more};
}

static bool parts_meet(const Part *a, const Part *b) {
    if (a->box.first[1] >= a->box.end[1] || b->box.first[1] >= b->box.end[1]) {
        return false;
    }
    for (int64_t ya = a->box.first[0]; ya < a->box.end[0]; ya++) {
        Span in_a = row_span(a, ya);
        for (int64_t yb = b->box.first[0]; yb < b->box.end[0]; yb++) {
            Span in_b = row_span(b, yb);
            if (in_a.first < in_b.end && in_b.first < in_a.end && rows_meet(a, ya, b, yb)) {
                return true;
            }
        }
    }
    return false;
}

bool sc_ethos_u_blocks_meet(const ScEthosUOperation *writer,
                            const ScEthosUOperation *reader, const ScEthosUMap *ifm) {
    uint64_t n_blocks = block_count(writer);
    for (uint32_t i = 0; i < reader->blockdep; i++) {
        Box read;
        if (!job_box(reader, i, &read)) {
            return false;
        }
        Part from = part_of(ifm, read);
        for (uint32_t j = 0; i + j < reader->blockdep && j < n_blocks; j++) {
            Part to = part_of(&writer->ofm, block_box(writer, n_blocks - 1 - j));
            if (parts_meet(&from, &to)) {
                return true;
            }
        }
    }
    return false;
}
