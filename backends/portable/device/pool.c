/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pooling over images [N,C,H,W] or [C,H,W] of any layout, in float32:
 * aten::avg_pool2d.out, aten::max_pool2d_with_indices.out,
 * aten::_adaptive_avg_pool2d.out.
 */
#include "backends/portable/device/pool_args.h"
#include "backends/portable/device/portable.h"

static float *floats(const ScView *v) {
    return (float *)(void *)v->data;
}

/* ---- average -------------------------------------------------------------- */

static float rect_sum(const ScView *in, size_t n, size_t c, const ScRect *r) {
    float sum = 0.0f;
    for (int64_t y = r->y; y < r->y_end; y++) {
        const float *row = floats(in) + sc_image_at(in, n, c, y, 0);
        for (int64_t x = r->x; x < r->x_end; x++) {
            sum += row[(ptrdiff_t)x * in->strides[3]];
        }
    }
    return sum;
}

static float average_at(const ScPool *pool, size_t n, size_t c, int64_t oy, int64_t ox,
                        bool count_pad, int64_t divisor) {
    int64_t padded;
    ScRect r = sc_pool_rect(pool, oy, ox, &padded);
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
    ScPool pool;
    if (!sc_arg_is_none(c, 6) && divisor == 0) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_pool_views(&in, &out, SC_F32, &pool));
    SC_TRY(sc_pool_window(c, &pool, 0, 0, ceil_mode, &pool.h));
    SC_TRY(sc_pool_window(c, &pool, 1, 0, ceil_mode, &pool.w));
    for (size_t n = 0; n < pool.out.sizes[0]; n++) {
        for (size_t ch = 0; ch < pool.out.sizes[1]; ch++) {
            for (int64_t y = 0; y < pool.h.out; y++) {
                for (int64_t x = 0; x < pool.w.out; x++) {
                    floats(&pool.out)[sc_image_at(&pool.out, n, ch, y, x)] =
                        average_at(&pool, n, ch, y, x, count_pad, divisor);
                }
            }
        }
    }
    return SC_OK;
}

ScStatus sc_aten__adaptive_avg_pool2d_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 2);
    ScPool pool;
    SC_TRY(sc_pool_views(&in, &out, SC_F32, &pool));
    SC_TRY(sc_pool_adaptive(c, &pool));
    for (size_t n = 0; n < pool.out.sizes[0]; n++) {
        for (size_t ch = 0; ch < pool.out.sizes[1]; ch++) {
            for (int64_t y = 0; y < (int64_t)pool.out.sizes[2]; y++) {
                for (int64_t x = 0; x < (int64_t)pool.out.sizes[3]; x++) {
                    ScRect r = sc_pool_adaptive_rect(&pool, y, x);
                    int64_t area = (r.y_end - r.y) * (r.x_end - r.x);
                    floats(&pool.out)[sc_image_at(&pool.out, n, ch, y, x)] =
                        rect_sum(&pool.in, n, ch, &r) / (float)area;
                }
            }
        }
    }
    return SC_OK;
}

/* ---- maximum -------------------------------------------------------------- */

/* The largest tap (the first of equals; NaN wins) and its index y * W + x. */
static float maximum_at(const ScPool *pool, size_t n, size_t c, int64_t oy, int64_t ox,
                        int64_t *out_index) {
    const ScView *in = &pool->in;
    float best = -__builtin_inff();
    bool found = false;
    int64_t ky, ky_end, kx_first, kx_end;
    sc_pool_taps(&pool->h, oy, &ky, &ky_end);
    sc_pool_taps(&pool->w, ox, &kx_first, &kx_end);
    for (; ky < ky_end; ky++) {
        int64_t y = oy * pool->h.stride - pool->h.pad + ky * pool->h.dilation;
        for (int64_t kx = kx_first; kx < kx_end; kx++) {
            int64_t x = ox * pool->w.stride - pool->w.pad + kx * pool->w.dilation;
            float value = floats(in)[sc_image_at(in, n, c, y, x)];
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
    ScPool pool;
    ScView where;
    SC_TRY(sc_pool_views(&in, &out, SC_F32, &pool));
    SC_TRY(sc_image_view(&indices, SC_I64, &where));
    if (!sc_view_same_sizes(&pool.out, &where)) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_pool_window(c, &pool, 0, 4, ceil_mode, &pool.h));
    SC_TRY(sc_pool_window(c, &pool, 1, 4, ceil_mode, &pool.w));
    for (size_t n = 0; n < pool.out.sizes[0]; n++) {
        for (size_t ch = 0; ch < pool.out.sizes[1]; ch++) {
            for (int64_t y = 0; y < pool.h.out; y++) {
                for (int64_t x = 0; x < pool.w.out; x++) {
                    int64_t index = 0;
                    floats(&pool.out)[sc_image_at(&pool.out, n, ch, y, x)] =
                        maximum_at(&pool, n, ch, y, x, &index);
                    ((int64_t *)(void *)where.data)[sc_image_at(&where, n, ch, y, x)] =
                        index;
                }
            }
        }
    }
    return SC_OK;
}
