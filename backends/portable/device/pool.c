/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pooling over images [N,C,H,W] or [C,H,W] of any layout, in float32:
 * aten::avg_pool2d.out, aten::max_pool2d_with_indices.out,
 * aten::_adaptive_avg_pool2d.out.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "backends/portable/device/window.h"

typedef struct Pool {
    ScView in, out; /* rank 4 */
    ScWindow h, w;
} Pool;

/* A rectangle of the input: rows [y, y_end), columns [x, x_end). */
typedef struct Rect {
    int64_t y, y_end, x, x_end;
} Rect;

static ptrdiff_t offset(const ScView *v, size_t n, size_t c, int64_t y, int64_t x) {
    return (ptrdiff_t)n * v->strides[0] + (ptrdiff_t)c * v->strides[1] +
           (ptrdiff_t)y * v->strides[2] + (ptrdiff_t)x * v->strides[3];
}

static float *floats(const ScView *v) {
    return (float *)(void *)v->data;
}

static ScStatus view_images(const ScTensor *t, ScDtype dtype, ScView *out_view) {
    SC_TRY(sc_view(t, out_view));
    if (t->dtype != dtype) {
        return SC_E_UNSUPPORTED;
    }
    if (t->rank == 3) {
        sc_view_unsqueeze(out_view, 0);
    }
    return out_view->rank == 4 ? SC_OK : SC_E_SHAPE;
}

static ScStatus pool_views(const ScTensor *in, const ScTensor *out, Pool *pool) {
    if (in->rank != out->rank) {
        return SC_E_SHAPE;
    }
    SC_TRY(view_images(in, SC_F32, &pool->in));
    SC_TRY(view_images(out, SC_F32, &pool->out));
    bool same =
        pool->in.sizes[0] == pool->out.sizes[0] && pool->in.sizes[1] == pool->out.sizes[1];
    return same ? SC_OK : SC_E_SHAPE;
}

/* kernel, stride, padding, dilation are the arguments 1, 2, 3 and `dilation`
 * (0 = the operator has none). */
static ScStatus window_read(const ScCall *c, const Pool *pool, uint32_t axis,
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

/* ---- average -------------------------------------------------------------- */

static float rect_sum(const ScView *in, size_t n, size_t c, const Rect *r) {
    float sum = 0.0f;
    for (int64_t y = r->y; y < r->y_end; y++) {
        const float *row = floats(in) + offset(in, n, c, y, 0);
        for (int64_t x = r->x; x < r->x_end; x++) {
            sum += row[(ptrdiff_t)x * in->strides[3]];
        }
    }
    return sum;
}

/* Where a window lies; out_padded: its area with the padding (but not what
 * ceil_mode lets stick out beyond it). */
static Rect rect_at(const Pool *pool, int64_t oy, int64_t ox, int64_t *out_padded) {
    Rect r;
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

static float average_at(const Pool *pool, size_t n, size_t c, int64_t oy, int64_t ox,
                        bool count_pad, int64_t divisor) {
    int64_t padded;
    Rect r = rect_at(pool, oy, ox, &padded);
    if (r.y >= r.y_end || r.x >= r.x_end) {
        return 0.0f;
    }
    int64_t area = count_pad ? padded : (r.y_end - r.y) * (r.x_end - r.x);
    return rect_sum(&pool->in, n, c, &r) / (float)(divisor ? divisor : area);
}

ScStatus sc_aten_avg_pool2d_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 7);
    bool ceil_mode = sc_arg_bool(c, 4);
    bool count_pad = sc_arg_bool(c, 5);
    int64_t divisor = sc_arg_is_none(c, 6) ? 0 : sc_arg_int(c, 6);
    Pool pool;
    if (!sc_arg_is_none(c, 6) && divisor == 0) {
        return SC_E_SHAPE;
    }
    SC_TRY(pool_views(&in, &out, &pool));
    SC_TRY(window_read(c, &pool, 0, 0, ceil_mode, &pool.h));
    SC_TRY(window_read(c, &pool, 1, 0, ceil_mode, &pool.w));
    for (size_t n = 0; n < pool.out.sizes[0]; n++) {
        for (size_t ch = 0; ch < pool.out.sizes[1]; ch++) {
            for (int64_t y = 0; y < pool.h.out; y++) {
                for (int64_t x = 0; x < pool.w.out; x++) {
                    floats(&pool.out)[offset(&pool.out, n, ch, y, x)] =
                        average_at(&pool, n, ch, y, x, count_pad, divisor);
                }
            }
        }
    }
    return SC_OK;
}

/* Output o of n_out averages the inputs [floor(o*in/out), ceil((o+1)*in/out)). */
ScStatus sc_aten__adaptive_avg_pool2d_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 2);
    Pool pool;
    SC_TRY(pool_views(&in, &out, &pool));
    int64_t ih = (int64_t)pool.in.sizes[2], iw = (int64_t)pool.in.sizes[3];
    int64_t oh = (int64_t)pool.out.sizes[2], ow = (int64_t)pool.out.sizes[3];
    if (sc_arg_count(c, 1) != 2 || sc_arg_int_at(c, 1, 0) != oh ||
        sc_arg_int_at(c, 1, 1) != ow || ih == 0 || iw == 0) {
        return SC_E_SHAPE;
    }
    for (size_t n = 0; n < pool.out.sizes[0]; n++) {
        for (size_t ch = 0; ch < pool.out.sizes[1]; ch++) {
            for (int64_t y = 0; y < oh; y++) {
                for (int64_t x = 0; x < ow; x++) {
                    Rect r = {y * ih / oh, ((y + 1) * ih + oh - 1) / oh, x * iw / ow,
                              ((x + 1) * iw + ow - 1) / ow};
                    int64_t area = (r.y_end - r.y) * (r.x_end - r.x);
                    floats(&pool.out)[offset(&pool.out, n, ch, y, x)] =
                        rect_sum(&pool.in, n, ch, &r) / (float)area;
                }
            }
        }
    }
    return SC_OK;
}

/* ---- maximum -------------------------------------------------------------- */

/* The taps [*out_first, *out_end) of output o that read inside the input. */
static void taps_inside(const ScWindow *w, int64_t o, int64_t *out_first,
                        int64_t *out_end) {
    int64_t start = o * w->stride - w->pad;
    int64_t end = start < w->in ? (w->in - 1 - start) / w->dilation + 1 : 0;
    *out_first = start < 0 ? (-start + w->dilation - 1) / w->dilation : 0;
    *out_end = end < w->kernel ? end : w->kernel;
}

/* The largest tap (the first of equals; NaN wins) and its index y * W + x. */
static float maximum_at(const Pool *pool, size_t n, size_t c, int64_t oy, int64_t ox,
                        int64_t *out_index) {
    const ScView *in = &pool->in;
    float best = -__builtin_inff();
    bool found = false;
    int64_t ky, ky_end, kx_first, kx_end;
    taps_inside(&pool->h, oy, &ky, &ky_end);
    taps_inside(&pool->w, ox, &kx_first, &kx_end);
    for (; ky < ky_end; ky++) {
        int64_t y = oy * pool->h.stride - pool->h.pad + ky * pool->h.dilation;
        for (int64_t kx = kx_first; kx < kx_end; kx++) {
            int64_t x = ox * pool->w.stride - pool->w.pad + kx * pool->w.dilation;
            float value = floats(in)[offset(in, n, c, y, x)];
            if (!found || value > best || value != value) {
                best = value;
                *out_index = y * pool->w.in + x;
                found = true;
            }
        }
    }
    return best;
}

ScStatus sc_aten_max_pool2d_with_indices_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 6);
    ScTensor indices = sc_arg_tensor(c, 7);
    bool ceil_mode = sc_arg_bool(c, 5);
    Pool pool;
    ScView where;
    SC_TRY(pool_views(&in, &out, &pool));
    SC_TRY(view_images(&indices, SC_I64, &where));
    if (!sc_view_same_sizes(&pool.out, &where)) {
        return SC_E_SHAPE;
    }
    SC_TRY(window_read(c, &pool, 0, 4, ceil_mode, &pool.h));
    SC_TRY(window_read(c, &pool, 1, 4, ceil_mode, &pool.w));
    for (size_t n = 0; n < pool.out.sizes[0]; n++) {
        for (size_t ch = 0; ch < pool.out.sizes[1]; ch++) {
            for (int64_t y = 0; y < pool.h.out; y++) {
                for (int64_t x = 0; x < pool.w.out; x++) {
                    int64_t index = 0;
                    floats(&pool.out)[offset(&pool.out, n, ch, y, x)] =
                        maximum_at(&pool, n, ch, y, x, &index);
                    ((int64_t *)(void *)where.data)[offset(&where, n, ch, y, x)] = index;
                }
            }
        }
    }
    return SC_OK;
}
