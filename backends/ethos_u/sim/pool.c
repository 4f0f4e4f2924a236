/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pooling: largest, average, and the sum over channels. An average of one element is how
 * streams copy, transpose, rescale and look up.
 *
 * The average without padding is the sum, scaled by OFM_SCALE, in which the number of
 * elements is. With padding the NPU divides by the number of elements that aren't padding,
 * as TOSA's reciprocal_scale does.
 */
#include "backends/ethos_u/sim/state.h"

typedef struct Window {
    int64_t sum, largest;
    uint32_t n; /* elements that aren't padding */
} Window;

static Window window_read(const ScEthosUOperation *op, const ScEthosUView *ifm, uint32_t oy,
                          uint32_t ox, uint32_t c) {
    Window w = {0, INT64_MIN, 0};
    for (uint32_t ky = 0; ky < op->kernel_h; ky++) {
        uint32_t y, x;
        if (!sc_ethos_u_source(op, oy, op->step_y, ky, op->dilation_y, op->pad_top,
                               op->ifm.height, &y)) {
            continue;
        }
        for (uint32_t kx = 0; kx < op->kernel_w; kx++) {
            if (sc_ethos_u_source(op, ox, op->step_x, kx, op->dilation_x, op->pad_left,
                                  op->ifm.width, &x)) {
                int64_t value = sc_ethos_u_value(&op->ifm, sc_ethos_u_pixel(ifm, y, x), c);
                w.sum += value;
                w.largest = value > w.largest ? value : w.largest;
                w.n++;
            }
        }
    }
    return w;
}

/* sum / n, halves up; n > 0. */
static int64_t divide(int64_t sum, uint32_t n) {
    uint32_t bits = 0;
    while (bits < 32 && (UINT64_C(1) << bits) < n) {
        bits++;
    }
    uint64_t multiplier = (((UINT64_C(1) << 30) + 1) << bits) / n;
    return sc_ethos_u_scale(sum, (uint32_t)multiplier, 30 + bits, SC_EU_ROUND_NATURAL);
}

static bool is_padded(const ScEthosUOperation *op) {
    return op->pad_top || op->pad_left || op->pad_bottom || op->pad_right;
}

static void window_store(ScEthosUSim *sim, const ScEthosUOperation *op, uint8_t *at,
                         uint32_t c, const Window *w) {
    int64_t value = op->mode == SC_EU_POOL_MAX ? (w->n ? w->largest : 0) : w->sum;
    if (op->mode == SC_EU_POOL_AVERAGE && is_padded(op)) {
        sc_ethos_u_store(sim, op, at, w->n ? divide(value, w->n) : 0);
        return;
    }
    if (op->scaled) {
        ScEthosURecord record = sc_ethos_u_record(sim, op, c);
        value = sc_ethos_u_scale(value + record.bias, record.scale, record.shift,
                                 (ScEthosURound)op->ofm_round);
        sc_ethos_u_store(sim, op, at, value);
        return;
    }
    sc_ethos_u_acc_check(sim, op, value);
    sc_ethos_u_scale_store(sim, op, at, value);
}

static ScStatus channels_sum(ScEthosUSim *sim, const ScEthosUOperation *op) {
    ScEthosUView ifm = sc_ethos_u_view(sim, &op->ifm), ofm = sc_ethos_u_view(sim, &op->ofm);
    SC_TRY(sc_ethos_u_work(sim, (uint64_t)op->ofm.height * op->ofm.width * op->ifm.depth));
    for (uint32_t y = 0; y < op->ofm.height; y++) {
        for (uint32_t x = 0; x < op->ofm.width; x++) {
            int64_t sum = 0;
            uint8_t *pixel = sc_ethos_u_pixel(&ifm, y, x);
            for (uint32_t c = 0; c < op->ifm.depth; c++) {
                sum += sc_ethos_u_value(&op->ifm, pixel, c);
            }
            sc_ethos_u_acc_check(sim, op, sum);
            sc_ethos_u_scale_store(sim, op, sc_ethos_u_pixel(&ofm, y, x), sum);
        }
    }
    return SC_OK;
}

ScStatus sc_ethos_u_pool(ScEthosUSim *sim, const ScEthosUOperation *op) {
    bool plain = op->kernel_h == 1 && op->kernel_w == 1 && op->step_x == 1 &&
                 op->step_y == 1 && !is_padded(op) && !op->upscale;
    if (op->mode == SC_EU_POOL_REDUCE_SUM) {
        return plain ? channels_sum(sim, op) : SC_E_UNSUPPORTED;
    }
    if (op->scaled) {
        SC_TRY(sc_ethos_u_records_check(op));
    }
    ScEthosUView ifm = sc_ethos_u_view(sim, &op->ifm), ofm = sc_ethos_u_view(sim, &op->ofm);
    for (uint32_t y = 0; y < op->ofm.height; y++) {
        SC_TRY(sc_ethos_u_work(sim, (uint64_t)op->ofm.width * op->ofm.depth * op->kernel_h *
                                        op->kernel_w));
        for (uint32_t x = 0; x < op->ofm.width; x++) {
            uint8_t *pixel = sc_ethos_u_pixel(&ofm, y, x);
            for (uint32_t c = 0; c < op->ofm.depth; c++) {
                Window w = window_read(op, &ifm, y, x, c);
                window_store(sim, op, sc_ethos_u_channel(&op->ofm, pixel, c), c, &w);
            }
        }
    }
    return SC_OK;
}
