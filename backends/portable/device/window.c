/* SPDX-License-Identifier: Apache-2.0 */
/* The geometry of sliding windows; the contract is in window.h. */
#include "backends/portable/device/window.h"

int64_t sc_window_item(const ScCall *c, uint32_t index, uint32_t axis, int64_t fallback) {
    uint32_t n = sc_arg_count(c, index);
    int64_t item = fallback;
    if (n > 0) {
        item = sc_arg_int_at(c, index, n == 1 ? 0 : axis);
    }
    if (item > SC_WINDOW_MAX || item < -SC_WINDOW_MAX) {
        return -SC_WINDOW_MAX; /* refused by the checks that follow */
    }
    return item;
}

ScStatus sc_window_check(const ScWindow *w, bool ceil_mode) {
    if (w->kernel < 1 || w->stride < 1 || w->dilation < 1 || w->pad < 0) {
        return SC_E_SHAPE;
    }
    int64_t room = w->in + 2 * w->pad - w->dilation * (w->kernel - 1) - 1;
    if (room < 0) {
        return SC_E_SHAPE;
    }
    int64_t out = (room + (ceil_mode ? w->stride - 1 : 0)) / w->stride + 1;
    if (ceil_mode && (out - 1) * w->stride >= w->in + w->pad) {
        out--; /* the last window must start inside the input or its left pad */
    }
    return out == w->out ? SC_OK : SC_E_SHAPE;
}

void sc_window_span(const ScWindow *w, int64_t k, int64_t *out_first, int64_t *out_end) {
    int64_t shift = k * w->dilation - w->pad; /* input of output 0 */
    int64_t first = shift >= 0 ? 0 : (-shift + w->stride - 1) / w->stride;
    int64_t end = w->in > shift ? (w->in - 1 - shift) / w->stride + 1 : 0;
    end = end < w->out ? end : w->out;
    *out_first = first < end ? first : end;
    *out_end = end;
}
