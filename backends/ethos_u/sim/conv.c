/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolution and depthwise convolution: sums of (ifm - zero point) * weight, plus the
 * channel's bias. Padding, and the zeros of upscaling, add nothing.
 *
 * The weights of one OFM block at a time are put in natural order into the workspace;
 * behind them lies the window of one output element. With two cores, core i has the
 * channels i, i + 2, ... and a stream of its own.
 */
#include <string.h>

#include "backends/ethos_u/sim/state.h"
#include "backends/ethos_u/sim/weight_order.h"

typedef struct Core {
    ScEthosUWeights stream;
    ScEthosUWeightShape shape;
    int16_t *weights; /* of the block: [channel][window] */
} Core;

typedef struct Conv {
    const ScEthosUOperation *op;
    ScEthosUView ifm, ofm;
    Core cores[SC_EU_MAX_CORES];
    uint32_t n_window; /* elements of a window, IFM channels included */
    int32_t *window;
} Conv;

static bool is_depthwise(const ScEthosUOperation *op) {
    return op->code == SC_EU_DEPTHWISE;
}

static uint64_t window_elements(const ScEthosUOperation *op) {
    return (uint64_t)op->kernel_h * op->kernel_w * (is_depthwise(op) ? 1 : op->ifm.depth);
}

static uint32_t block_share(const ScEthosUOperation *op, uint32_t core) {
    uint32_t depth = op->block_d < op->ofm.depth ? op->block_d : op->ofm.depth;
    return sc_ethos_u_core_share(depth, op->n_cores, core);
}

uint64_t sc_ethos_u_conv_need(const ScEthosUOperation *op) {
    if (!op->weighted) {
        return 0;
    }
    uint64_t n_channels = block_share(op, 0) + (op->n_cores > 1 ? block_share(op, 1) : 0);
    return window_elements(op) * (4 + 2 * n_channels);
}

/* The smallest configuration multiplies 4 channels at a time. */
static void core_open(const ScEthosUSim *sim, const ScEthosUOperation *op, uint32_t i,
                      Core *core) {
    bool smallest = sim->commands->config.n_macs == 32;
    uint32_t block = sc_ethos_u_core_share(op->block_d, op->n_cores, i);
    core->shape = (ScEthosUWeightShape){
        .ofm_depth = sc_ethos_u_core_share(op->ofm.depth, op->n_cores, i),
        .block_depth = block,
        .ifm_depth = is_depthwise(op) ? 1 : op->ifm.depth,
        .kernel_h = op->kernel_h,
        .kernel_w = op->kernel_w,
        .dilation_h = op->dilation_y,
        .dilation_w = op->dilation_x,
        .ofm_ublock = smallest ? 4 : 8,
        .ifm_ublock = 8,
        .ifm_bits = 8u * op->ifm.n_bytes,
        .depthwise = is_depthwise(op),
        .part_kernel = op->part_kernel && !is_depthwise(op)};
    const ScEthosUStretch *stretch = &op->weights[i]; /* an empty one may lie anywhere */
    const uint8_t *stream = stretch->n_bytes
                                ? sim->regions->base[op->weight_region] + stretch->base
                                : sim->scratch;
    sc_ethos_u_weights_open(&core->stream, stream, (size_t)stretch->n_bytes);
}

static ScStatus conv_open(ScEthosUSim *sim, const ScEthosUOperation *op, Conv *conv) {
    if (op->ifm.n_bytes > 2 || op->pieces_4x4 ||
        sc_ethos_u_conv_need(op) > sim->scratch_bytes) {
        return SC_E_UNSUPPORTED;
    }
    conv->op = op;
    conv->ifm = sc_ethos_u_view(sim, &op->ifm);
    conv->ofm = sc_ethos_u_view(sim, &op->ofm);
    conv->n_window = (uint32_t)window_elements(op);
    conv->window = (void *)sim->scratch;
    int16_t *weights = (void *)(sim->scratch + 4 * (size_t)conv->n_window);
    for (uint32_t i = 0; i < op->n_cores; i++) {
        conv->cores[i].weights = weights;
        weights += (size_t)block_share(op, i) * conv->n_window;
        core_open(sim, op, i, &conv->cores[i]);
    }
    return sc_ethos_u_records_check(op);
}

/* The weights of the block that starts at `channel`. */
static ScStatus block_load(Conv *conv, uint32_t channel) {
    const ScEthosUOperation *op = conv->op;
    for (uint32_t i = 0; i < op->n_cores; i++) {
        Core *core = &conv->cores[i];
        uint32_t first = sc_ethos_u_core_share(channel, op->n_cores, i);
        if (first < core->shape.ofm_depth) {
            SC_TRY(sc_ethos_u_weights_block(&core->stream, &core->shape, first,
                                            core->weights));
        }
    }
    return SC_OK;
}

/* ---- convolution ----------------------------------------------------------------------
 */

static void channels_read(const ScEthosUMap *map, uint8_t *pixel, int32_t *out) {
    for (uint32_t c = 0; c < map->depth; c++) {
        out[c] = (int32_t)sc_ethos_u_value(map, pixel, c);
    }
}

static void window_read(Conv *conv, uint32_t oy, uint32_t ox) {
    const ScEthosUOperation *op = conv->op;
    int32_t *out = conv->window;
    for (uint32_t ky = 0; ky < op->kernel_h; ky++) {
        uint32_t y, x;
        bool row = sc_ethos_u_source(op, oy, op->step_y, ky, op->dilation_y, op->pad_top,
                                     op->ifm.height, &y);
        for (uint32_t kx = 0; kx < op->kernel_w; kx++, out += op->ifm.depth) {
            if (row && sc_ethos_u_source(op, ox, op->step_x, kx, op->dilation_x,
                                         op->pad_left, op->ifm.width, &x)) {
                channels_read(&op->ifm, sc_ethos_u_pixel(&conv->ifm, y, x), out);
            } else {
                memset(out, 0, op->ifm.depth * sizeof *out);
            }
        }
    }
}

/* Elements whose products with weights (8 bits and a sign) surely fit in 32 bits together:
 * 8-bit ones less a zero point of 8 bits have 9 bits and a sign, all others 17. */
static uint32_t piece_length(const ScEthosUMap *ifm) {
    bool small = ifm->n_bytes == 1 && ifm->zero_point >= -256 && ifm->zero_point <= 256;
    return small ? 16384 : 32;
}

static int64_t dot(const int32_t *window, const int16_t *weights, uint32_t n,
                   uint32_t piece) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t end = n - i < piece ? n : i + piece;
        int32_t part = 0;
        for (; i < end; i++) {
            part += window[i] * weights[i];
        }
        sum += part;
    }
    return sum;
}

static void result_store(ScEthosUSim *sim, const Conv *conv, uint8_t *pixel, uint32_t c,
                         int64_t sum) {
    ScEthosURecord record = sc_ethos_u_record(sim, conv->op, c);
    sum += record.bias;
    sc_ethos_u_acc_check(sim, conv->op, sum);
    sc_ethos_u_store(sim, conv->op, sc_ethos_u_channel(&conv->op->ofm, pixel, c),
                     sc_ethos_u_scale(sum, record.scale, record.shift,
                                      (ScEthosURound)conv->op->ofm_round));
}

static void pixel_conv(ScEthosUSim *sim, Conv *conv, uint32_t y, uint32_t x, uint32_t first,
                       uint32_t end) {
    const ScEthosUOperation *op = conv->op;
    uint32_t piece = piece_length(&op->ifm);
    uint8_t *pixel = sc_ethos_u_pixel(&conv->ofm, y, x);
    window_read(conv, y, x);
    for (uint32_t c = first; c < end; c++) {
        uint32_t i = (c - first) / op->n_cores;
        const int16_t *weights =
            conv->cores[c % op->n_cores].weights + (size_t)i * conv->n_window;
        result_store(sim, conv, pixel, c,
                     dot(conv->window, weights, conv->n_window, piece));
    }
}

/* ---- depthwise --------------------------------------------------------------------------
 */

static int64_t channel_sum(const Conv *conv, uint32_t oy, uint32_t ox, uint32_t c,
                           const int16_t *weights) {
    const ScEthosUOperation *op = conv->op;
    int64_t sum = 0;
    for (uint32_t ky = 0; ky < op->kernel_h; ky++) {
        uint32_t y, x;
        if (!sc_ethos_u_source(op, oy, op->step_y, ky, op->dilation_y, op->pad_top,
                               op->ifm.height, &y)) {
            continue;
        }
        for (uint32_t kx = 0; kx < op->kernel_w; kx++) {
            if (sc_ethos_u_source(op, ox, op->step_x, kx, op->dilation_x, op->pad_left,
                                  op->ifm.width, &x)) {
                sum += sc_ethos_u_value(&op->ifm, sc_ethos_u_pixel(&conv->ifm, y, x), c) *
                       weights[ky * op->kernel_w + kx];
            }
        }
    }
    return sum;
}

static void pixel_depthwise(ScEthosUSim *sim, Conv *conv, uint32_t y, uint32_t x,
                            uint32_t first, uint32_t end) {
    const ScEthosUOperation *op = conv->op;
    uint8_t *pixel = sc_ethos_u_pixel(&conv->ofm, y, x);
    for (uint32_t c = first; c < end; c++) {
        uint32_t i = (c - first) / op->n_cores;
        const int16_t *weights =
            conv->cores[c % op->n_cores].weights + (size_t)i * conv->n_window;
        result_store(sim, conv, pixel, c, channel_sum(conv, y, x, c, weights));
    }
}

/* ---- both
 * -------------------------------------------------------------------------------- */

static ScStatus block_compute(ScEthosUSim *sim, Conv *conv, uint32_t first, uint32_t end) {
    const ScEthosUOperation *op = conv->op;
    for (uint32_t y = 0; y < op->ofm.height; y++) {
        SC_TRY(
            sc_ethos_u_work(sim, (uint64_t)op->ofm.width * conv->n_window * (end - first)));
        for (uint32_t x = 0; x < op->ofm.width; x++) {
            if (is_depthwise(op)) {
                pixel_depthwise(sim, conv, y, x, first, end);
            } else {
                pixel_conv(sim, conv, y, x, first, end);
            }
        }
    }
    return SC_OK;
}

ScStatus sc_ethos_u_conv(ScEthosUSim *sim, const ScEthosUOperation *op) {
    Conv conv;
    SC_TRY(conv_open(sim, op, &conv));
    for (uint32_t first = 0; first < op->ofm.depth; first += op->block_d) {
        uint32_t rest = op->ofm.depth - first;
        uint32_t n = rest < op->block_d ? rest : op->block_d;
        SC_TRY(sc_ethos_u_work(sim, (uint64_t)n * conv.n_window));
        SC_TRY(block_load(&conv, first));
        SC_TRY(block_compute(sim, &conv, first, first + n));
    }
    return SC_OK;
}
