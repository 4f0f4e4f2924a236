/* SPDX-License-Identifier: Apache-2.0 */
/* The geometry of pooling; the contract is in pool_args.h. */
#include "backends/portable/device/pool_args.h"

ScStatus sc_image_view(const ScTensor *t, ScDtype dtype, ScView *out_view) {
    SC_TRY(sc_view(t, out_view));
    if (t->dtype != dtype) {
        return SC_E_UNSUPPORTED;
    }
    if (t->rank == 3) {
        sc_view_unsqueeze(out_view, 0);
    }
    return out_view->rank == 4 ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_pool_views(const ScTensor *in, const ScTensor *out, ScDtype dtype,
                       ScPool *pool) {
    if (in->rank != out->rank) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_image_view(in, dtype, &pool->in));
    SC_TRY(sc_image_view(out, dtype, &pool->out));
    bool same =
        pool->in.sizes[0] == pool->out.sizes[0] && pool->in.sizes[1] == pool->out.sizes[1];
    return same ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_pool_window(const ScCall *c, const ScPool *pool, uint32_t axis,
                        uint32_t dilation, bool ceil_mode, ScWindow *out_window) {
    ScWindow w = {(int64_t)pool->in.sizes[2 + axis], (int64_t)pool->out.sizes[2 + axis],
                  sc_window_item(c, 1, axis, 0),     0,
                  sc_window_item(c, 3, axis, 0),     1};
    w.stride = sc_window_item(c, 2, axis, w.kernel);
    w.dilation = dilation ? sc_window_item(c, dilation, axis, 1) : 1;
    *out_window = w;
    if (w.pad > w.kernel / 2) {
        return SC_E_SHAPE;
    }
    return sc_window_check(&w, ceil_mode);
}

ScRect sc_pool_rect(const ScPool *pool, int64_t oy, int64_t ox, int64_t *out_padded) {
    ScRect r;
    r.y = oy * pool->h.stride - pool->h.pad;
    r.x = ox * pool->w.stride - pool->w.pad;
    r.y_end = r.y + pool->h.kernel;
    r.x_end = r.x + pool->w.kernel;
    r.y_end = r.y_end < pool->h.in + pool->h.pad ? r.y_end : pool->h.in + pool->h.pad;
    r.x_end = r.x_end < pool->w.in + pool->w.pad ? r.x_end : pool->w.in + pool->w.pad;
    *out_padded = (r.y_end - r.y) * (r.x_end - r.x);
    r.y = r.y > 0 ? r.y : 0;
    r.x = r.x > 0 ? r.x : 0;
    r.y_end = r.y_end < pool->h.in ? r.y_end : pool->h.in;
    r.x_end = r.x_end < pool->w.in ? r.x_end : pool->w.in;
    return r;
}

void sc_pool_taps(const ScWindow *w, int64_t o, int64_t *out_first, int64_t *out_end) {
    int64_t start = o * w->stride - w->pad;
    int64_t end = start < w->in ? (w->in - 1 - start) / w->dilation + 1 : 0;
    *out_first = start < 0 ? (-start + w->dilation - 1) / w->dilation : 0;
    *out_end = end < w->kernel ? end : w->kernel;
}

ScStatus sc_pool_adaptive(const ScCall *c, const ScPool *pool) {
    bool fits = sc_arg_count(c, 1) == 2 &&
                sc_arg_int_at(c, 1, 0) == (int64_t)pool->out.sizes[2] &&
                sc_arg_int_at(c, 1, 1) == (int64_t)pool->out.sizes[3];
    return fits && pool->in.sizes[2] > 0 && pool->in.sizes[3] > 0 ? SC_OK : SC_E_SHAPE;
}

ScRect sc_pool_adaptive_rect(const ScPool *pool, int64_t y, int64_t x) {
    int64_t ih = (int64_t)pool->in.sizes[2], iw = (int64_t)pool->in.sizes[3];
    int64_t oh = (int64_t)pool->out.sizes[2], ow = (int64_t)pool->out.sizes[3];
    return (ScRect){y * ih / oh, ((y + 1) * ih + oh - 1) / oh, x * iw / ow,
                    ((x + 1) * iw + ow - 1) / ow};
}
