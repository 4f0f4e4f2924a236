/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the simulator's files share. Private to sim/.
 *
 * An operation is a loop over output elements: an engine (conv.c, pool.c, elementwise.c)
 * computes each one's number, output.c scales, clamps and stores it.
 */
#ifndef SC_ETHOS_U_SIM_STATE_H
#define SC_ETHOS_U_SIM_STATE_H

#include "backends/ethos_u/sim/sim.h"
#include "runtime/flatbuf.h"

enum {
    SC_EU_TABLE_BYTES = 2048, /* of SHRAM, at its end: the tables' place */
    SC_EU_MAX_OUTSTANDING = 2 /* operations that an engine has in flight */
};

/* Ranges of an operation that may still run. */
typedef struct ScEthosUFlight {
    ScEthosURange ranges[SC_EU_MAX_RANGES];
    uint32_t n;
    uint32_t word;
} ScEthosUFlight;

typedef struct ScEthosUQueue {
    ScEthosUFlight flights[SC_EU_MAX_OUTSTANDING]; /* the oldest first */
    uint32_t n;
} ScEthosUQueue;

typedef struct ScEthosUSim {
    const ScEthosUCommands *commands;
    const ScEthosURegions *regions;
    const ScEthosUSimOptions *options;
    uint64_t work_left;
    ScEthosURegisters registers;
    uint32_t word;          /* of the operation being executed */
    bool overflow_reported; /* for that operation */
    uint8_t tables[SC_EU_TABLE_BYTES];
    uint8_t *scratch; /* the rest of the workspace: weights and windows */
    size_t scratch_bytes;
    ScEthosUQueue kernels, dmas; /* strict mode */
    ScEthosUOperation last;      /* the newest of kernels */
} ScEthosUSim;

/* A map where it lies. */
typedef struct ScEthosUView {
    const ScEthosUMap *map;
    uint8_t *region;
} ScEthosUView;

static inline ScEthosUView sc_ethos_u_view(const ScEthosUSim *sim, const ScEthosUMap *map) {
    return (ScEthosUView){map, sim->regions->base[map->region]};
}

/* Bytes from the region's start to channel 0 of a pixel; y and x inside the map. */
SC_INLINE int64_t sc_ethos_u_offset(const ScEthosUMap *map, uint32_t y, uint32_t x) {
    uint32_t tile = 0;
    if (x >= map->width0) {
        x -= map->width0;
        tile = 1;
    }
    uint32_t split = tile ? map->height1 : map->height0;
    if (y >= split) {
        y -= split;
        tile += 2;
    }
    int64_t step = map->bricks ? SC_EU_BRICK * map->n_bytes : map->stride_x;
    return (int64_t)map->base[tile] + map->stride_y * (int64_t)y + step * (int64_t)x;
}

SC_INLINE uint8_t *sc_ethos_u_pixel(const ScEthosUView *view, uint32_t y, uint32_t x) {
    return view->region + sc_ethos_u_offset(view->map, y, x);
}

SC_INLINE uint8_t *sc_ethos_u_channel(const ScEthosUMap *map, uint8_t *pixel, uint32_t c) {
    if (map->bricks) {
        return pixel + map->stride_c * (int64_t)(c / SC_EU_BRICK) +
               c % SC_EU_BRICK * map->n_bytes;
    }
    return pixel + (size_t)c * map->n_bytes;
}

SC_INLINE int32_t sc_ethos_u_load(const ScEthosUMap *map, const uint8_t *at) {
    switch (map->n_bytes) {
    case 1:
        return map->is_signed ? (int8_t)at[0] : at[0];
    case 2:
        return map->is_signed ? (int16_t)sc_load_u16(at) : (int32_t)sc_load_u16(at);
    default:
        return (int32_t)sc_load_u32(at);
    }
}

/* The element minus the map's zero point. */
SC_INLINE int64_t sc_ethos_u_value(const ScEthosUMap *map, uint8_t *pixel, uint32_t c) {
    return (int64_t)sc_ethos_u_load(map, sc_ethos_u_channel(map, pixel, c)) -
           map->zero_point;
}

/* Where window element `k` of output coordinate `out` lies, after upscaling; false: in the
 * padding, or a zero between the elements. */
SC_INLINE bool sc_ethos_u_source(const ScEthosUOperation *op, uint32_t out, uint32_t step,
                                 uint32_t k, uint32_t dilation, uint32_t pad, uint32_t size,
                                 uint32_t *out_at) {
    uint32_t at = out * step + k * dilation - pad; /* wraps when it is before the map */
    if (at >= sc_ethos_u_upscaled(op, size) ||
        (op->upscale == SC_EU_UPSCALE_ZEROS && at % 2)) {
        return false;
    }
    *out_at = op->upscale ? at / 2 : at;
    return true;
}

/* Bits above 64 are lost, as in sc_ethos_u_scale(): no stream that means something gets
 * there, others may. */
static inline int64_t sc_ethos_u_add(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
static inline int64_t sc_ethos_u_subtract(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* ---- output.c ------------------------------------------------------------------------ */

/* value * scale / 2^shift. |value| < 2^63, shift 0..63. Bits above 64 are lost. */
int64_t sc_ethos_u_scale(int64_t value, uint32_t scale, uint32_t shift,
                         ScEthosURound round);
/* Adds the zero point, clamps, applies the table, writes. */
void sc_ethos_u_store(ScEthosUSim *sim, const ScEthosUOperation *op, uint8_t *at,
                      int64_t value);
/* With OFM_SCALE. */
void sc_ethos_u_scale_store(ScEthosUSim *sim, const ScEthosUOperation *op, uint8_t *at,
                            int64_t value);

/* Bias and scale of a channel. */
typedef struct ScEthosURecord {
    int64_t bias;
    uint32_t scale, shift;
} ScEthosURecord;
/* The record of `channel`, with OFM_SCALE in it when that is for all channels. The records
 * must be there: sc_ethos_u_records_check(). */
ScEthosURecord sc_ethos_u_record(const ScEthosUSim *sim, const ScEthosUOperation *op,
                                 uint32_t channel);
ScStatus sc_ethos_u_records_check(const ScEthosUOperation *op);
/* Reports an accumulator beyond ACC_FORMAT. */
void sc_ethos_u_acc_check(ScEthosUSim *sim, const ScEthosUOperation *op, int64_t acc);

/* ---- curve.c ------------------------------------------------------------------------- */

/* ACTIVATION's TANH and SIGMOID, in units of 2^-15. */
int64_t sc_ethos_u_curve(const ScEthosUOperation *op, int64_t value);

/* ---- engines --------------------------------------------------------------------------
 */

/* CONV and DEPTHWISE. */
ScStatus sc_ethos_u_conv(ScEthosUSim *sim, const ScEthosUOperation *op);
ScStatus sc_ethos_u_pool(ScEthosUSim *sim, const ScEthosUOperation *op);
ScStatus sc_ethos_u_elementwise(ScEthosUSim *sim, const ScEthosUOperation *op);
ScStatus sc_ethos_u_copy(ScEthosUSim *sim, const ScEthosUDma *dma);
/* Bytes of workspace of CONV and DEPTHWISE; 0 for others. */
uint64_t sc_ethos_u_conv_need(const ScEthosUOperation *op);
/* SC_E_LIMIT when less than n steps are left. */
ScStatus sc_ethos_u_work(ScEthosUSim *sim, uint64_t n_steps);

/* ---- strict.c -------------------------------------------------------------------------
 */

/* Before an operation with these ranges runs. */
void sc_ethos_u_strict_kernel(ScEthosUSim *sim, const ScEthosUOperation *op,
                              const ScEthosURange *ranges, uint32_t n);
void sc_ethos_u_strict_dma(ScEthosUSim *sim, const ScEthosURange *ranges,
                           const ScEthosUDma *dma);
/* KERNEL_WAIT, DMA_WAIT: at most n stay in flight. */
void sc_ethos_u_strict_wait(ScEthosUQueue *queue, uint32_t n);
/* Reads and writes of an operation, element by element. */
ScStatus sc_ethos_u_strict_elements(ScEthosUSim *sim, const ScEthosUOperation *op);

/* ---- blockdep.c -----------------------------------------------------------------------
 */

/* Whether the reader's first jobs, which its BLOCKDEP lets run beside the writer's last
 * ones, may touch what those write. ifm: one of the reader's, whose bytes and the writer's
 * OFM are known to overlap. */
bool sc_ethos_u_blocks_meet(const ScEthosUOperation *writer,
                            const ScEthosUOperation *reader, const ScEthosUMap *ifm);

#endif
