/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights of Ethos-U55 and U65 from the order in which the MAC units eat them to
 * [channel][y][x][ifm channel].
 *
 * A stream holds, outermost first:
 *
 *   OFM block        block_depth channels, the last block those that are left
 *   IFM block        32 channels; 16 with part_kernel or a 16-bit IFM; the last one
 *                    has as many as are left with part_kernel, else all of them
 *   sub-kernel y, x  pieces of 8 / dilation elements at most each way, row by row
 *   IFM micro-block  (only with part_kernel)
 *   OFM micro-block  of the OFM block, ofm_ublock channels
 *   element          of the sub-kernel, row by row; their number is rounded up to a
 *                    multiple of 4 if depthwise or part_kernel (part_kernel with a
 *                    16-bit IFM: of 2)
 *   IFM micro-block  (without part_kernel) of the IFM block, ifm_ublock channels
 *   OFM channel      of the micro-block
 *   IFM channel      of the micro-block
 *
 * What lies beyond the kernel or the channels is padding. Behind the last channel of
 * an OFM block that isn't a multiple of ofm_ublock the stream holds weights of the
 * next block, which come again there; they are dropped here like padding.
 * Depthwise: there is one IFM block with one micro-block with one channel.
 *
 * A machine of n cores deals the OFM channels to them in turn, and so the blocks: core
 * k has a stream of the channels k, k + n, ... of the operation.
 *
 * Source: streams that Vela's encoder made of known weights.
 */
#ifndef SC_BACKENDS_ETHOS_U_SIM_WEIGHT_ORDER_H
#define SC_BACKENDS_ETHOS_U_SIM_WEIGHT_ORDER_H

#include "backends/ethos_u/sim/weights.h"

enum { SC_ETHOS_U_MAX_SIZE = 65536 /* what a register of 16 bits can say, plus 1 */ };

/* Sizes are 1..SC_ETHOS_U_MAX_SIZE. */
typedef struct ScEthosUWeightShape {
    uint32_t ofm_depth;              /* channels of this stream */
    uint32_t block_depth;            /* channels of one OFM block in this stream */
    uint32_t ifm_depth;              /* 1 if depthwise */
    uint32_t kernel_h, kernel_w;     /* elements without those that dilation adds */
    uint32_t dilation_h, dilation_w; /* 1 or 2 */
    uint32_t ofm_ublock, ifm_ublock; /* channels, 1..8 */
    uint32_t ifm_bits;               /* 8 or 16 */
    bool depthwise;
    bool part_kernel; /* otherwise depth first; not with depthwise */
} ScEthosUWeightShape;

/* What core 0 <= core < n_cores has of n channels that are dealt in turn. */
static inline uint32_t sc_ethos_u_core_share(uint32_t n, uint32_t n_cores, uint32_t core) {
    return n / n_cores + (core < n % n_cores);
}

/*
 * Reads the weights of the channels first_ofm .. first_ofm + min(block_depth, those
 * left) - 1 into out[channel - first_ofm][y][x][ifm channel], which the caller has
 * made that large. w must stand at that block: call with first_ofm = 0, block_depth,
 * 2 * block_depth, ... SC_E_ARG: a field out of its range, or first_ofm is no start of
 * a block; otherwise as sc_ethos_u_weights_read().
 */
ScStatus sc_ethos_u_weights_block(ScEthosUWeights *w, const ScEthosUWeightShape *shape,
                                  uint32_t first_ofm, int16_t *out);

#endif
