/* SPDX-License-Identifier: Apache-2.0 */
/* One OFM block of a weight stream in natural order; weight_order.h has the order. */
#include "backends/ethos_u/sim/weight_order.h"

#include <string.h>

enum {
    MAX_UBLOCK = 8,
    MAX_SUB_KERNEL = 8 /* elements each way that one pass over the IFM block takes */
};

/* A block on its way to out. */
typedef struct Block {
    ScEthosUWeights *w;
    const ScEthosUWeightShape *shape;
    uint32_t n_ofm; /* channels of this block */
    int16_t *out;
} Block;

/* A piece of the kernel. */
typedef struct SubKernel {
    uint32_t y, x, h, w;
} SubKernel;

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t rounded_up(uint32_t n, uint32_t step) {
    return (n + step - 1) / step * step;
}

/* So that no sum of two sizes wraps. */
static bool is_size(uint32_t n) {
    return n >= 1 && n <= SC_ETHOS_U_MAX_SIZE;
}

static bool is_legal(const ScEthosUWeightShape *s) {
    bool sizes = is_size(s->ofm_depth) && is_size(s->block_depth) &&
                 is_size(s->ifm_depth) && is_size(s->kernel_h) && is_size(s->kernel_w);
    bool dilation = s->dilation_h >= 1 && s->dilation_h <= 2 && s->dilation_w >= 1 &&
                    s->dilation_w <= 2;
    bool ublocks = s->ofm_ublock >= 1 && s->ofm_ublock <= MAX_UBLOCK &&
                   s->ifm_ublock >= 1 && s->ifm_ublock <= MAX_UBLOCK;
    bool kind = !s->depthwise || (s->ifm_depth == 1 && !s->part_kernel);
    return sizes && dilation && ublocks && kind && (s->ifm_bits == 8 || s->ifm_bits == 16);
}

static uint32_t ifm_block_depth(const ScEthosUWeightShape *s) {
    return s->part_kernel || s->ifm_bits == 16 ? 16 : 32;
}

/* The stream has a multiple of this many elements of each sub-kernel. */
static uint32_t element_step(const ScEthosUWeightShape *s) {
    if (s->depthwise) {
        return 4;
    }
    return s->part_kernel ? (s->ifm_bits == 16 ? 2 : 4) : 1;
}

/* One element of all channel pairs of two micro-blocks; `wanted` unless padding. */
static ScStatus read_ublocks(const Block *b, uint32_t ofm, uint32_t ifm, uint32_t y,
                             uint32_t x, bool wanted) {
    const ScEthosUWeightShape *s = b->shape;
    int16_t pairs[MAX_UBLOCK * MAX_UBLOCK];
    uint32_t n_row = s->depthwise ? 1 : s->ifm_ublock;
    SC_TRY(sc_ethos_u_weights_read(b->w, pairs, s->ofm_ublock * n_row));
    if (!wanted || ifm >= s->ifm_depth) {
        return SC_OK;
    }
    uint32_t n_ofm = least(s->ofm_ublock, b->n_ofm - ofm);
    uint32_t n_ifm = least(n_row, s->ifm_depth - ifm);
    for (uint32_t o = 0; o < n_ofm; o++) {
        size_t element = ((size_t)(ofm + o) * s->kernel_h + y) * s->kernel_w + x;
        memcpy(b->out + element * s->ifm_depth + ifm, pairs + o * n_row,
               n_ifm * sizeof b->out[0]);
    }
    return SC_OK;
}

/* All OFM micro-blocks and elements for the IFM channels first_ifm .. +n_ifm - 1. */
static ScStatus read_elements(const Block *b, const SubKernel *k, uint32_t first_ifm,
                              uint32_t n_ifm) {
    const ScEthosUWeightShape *s = b->shape;
    uint32_t n_elements = rounded_up(k->h * k->w, element_step(s));
    for (uint32_t ofm = 0; ofm < b->n_ofm; ofm += s->ofm_ublock) {
        for (uint32_t e = 0; e < n_elements; e++) {
            uint32_t y = e / k->w, x = e % k->w;
            for (uint32_t ifm = 0; ifm < n_ifm; ifm += s->ifm_ublock) {
                SC_TRY(read_ublocks(b, ofm, first_ifm + ifm, k->y + y, k->x + x, y < k->h));
            }
        }
    }
    return SC_OK;
}

static ScStatus read_sub_kernel(const Block *b, const SubKernel *k, uint32_t first_ifm) {
    const ScEthosUWeightShape *s = b->shape;
    uint32_t n_block = ifm_block_depth(s);
    if (s->depthwise) {
        return read_elements(b, k, first_ifm, 1);
    }
    if (!s->part_kernel) {
        return read_elements(b, k, first_ifm, n_block);
    }
    uint32_t n_ifm = least(n_block, s->ifm_depth - first_ifm);
    for (uint32_t ifm = 0; ifm < n_ifm; ifm += s->ifm_ublock) {
        SC_TRY(read_elements(b, k, first_ifm + ifm, 1));
    }
    return SC_OK;
}

static ScStatus read_ifm_block(const Block *b, uint32_t first_ifm) {
    const ScEthosUWeightShape *s = b->shape;
    uint32_t step_h = MAX_SUB_KERNEL / s->dilation_h,
             step_w = MAX_SUB_KERNEL / s->dilation_w;
    for (uint32_t y = 0; y < s->kernel_h; y += step_h) {
        for (uint32_t x = 0; x < s->kernel_w; x += step_w) {
            SubKernel k = {y, x, least(step_h, s->kernel_h - y),
                           least(step_w, s->kernel_w - x)};
            SC_TRY(read_sub_kernel(b, &k, first_ifm));
        }
    }
    return SC_OK;
}

ScStatus sc_ethos_u_weights_block(ScEthosUWeights *w, const ScEthosUWeightShape *shape,
                                  uint32_t first_ofm, int16_t *out) {
    if (!is_legal(shape) || first_ofm >= shape->ofm_depth ||
        first_ofm % shape->block_depth != 0) {
        return SC_E_ARG;
    }
    uint32_t n_ofm = least(shape->block_depth, shape->ofm_depth - first_ofm);
    Block block = {w, shape, n_ofm, out};
    uint32_t step = ifm_block_depth(shape);
    for (uint32_t ifm = 0; ifm < shape->ifm_depth; ifm += step) {
        SC_TRY(read_ifm_block(&block, ifm));
    }
    return SC_OK;
}
