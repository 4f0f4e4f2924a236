/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pooling of integers, any layout: aten::avg_pool2d.out and aten::_adaptive_avg_pool2d.out
 * (the quotient is cut off, towards zero), aten::max_pool2d_with_indices.out.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/pool_args.h"
#include "backends/portable/device/portable.h"

static int64_t load(const ScView *v, uint8_t dtype, size_t n, size_t c, int64_t y,
                    int64_t x) {
    int64_t value;
    sc_load_i64(&value, v->data, dtype, sc_image_at(v, n, c, y, x), 1, 1);
    return value;
}

static void store(const ScView *v, uint8_t dtype, size_t n, size_t c, int64_t y, int64_t x,
                  int64_t value) {
    sc_store_i64(v->data, dtype, sc_image_at(v, n, c, y, x), 1, &value, 1);
}

static int64_t rect_sum(const ScView *in, uint8_t dtype, size_t n, size_t c,
                        const ScRect *r) {
    uint64_t sum = 0;
    for (int64_t y = r->y; y < r->y_end; y++) {
        for (int64_t x = r->x; x < r->x_end; x++) {
            sum += (uint64_t)load(in, dtype, n, c, y, x);
        }
    }
    return (int64_t)sum;
}

/* divisor != 0; -1 wraps where the quotient doesn't fit. */
static int64_t quotient(int64_t sum, int64_t divisor) {
    return divisor == -1 ? (int64_t)(0 - (uint64_t)sum) : sum / divisor;
}

typedef struct Average {
    ScPool pool;
    uint8_t dtype;
    bool adaptive, count_pad;
    int64_t divisor; /* 0 = the area */
} Average;

static int64_t average_at(const Average *a, size_t n, size_t c, int64_t y, int64_t x) {
    int64_t padded = 0;
    ScRect r = a->adaptive ? sc_pool_adaptive_rect(&a->pool, y, x)
                           : sc_pool_rect(&a->pool, y, x, &padded);
    if (r.y >= r.y_end || r.x >= r.x_end) {
        return 0;
    }
    int64_t area = a->count_pad ? padded : (r.y_end - r.y) * (r.x_end - r.x);
    return quotient(rect_sum(&a->pool.in, a->dtype, n, c, &r),
                    a->divisor ? a->divisor : area);
}

static void average_run(const Average *a) {
    const ScView *out = &a->pool.out;
    for (size_t n = 0; n < out->sizes[0]; n++) {
        for (size_t c = 0; c < out->sizes[1]; c++) {
            for (int64_t y = 0; y < (int64_t)out->sizes[2]; y++) {
                for (int64_t x = 0; x < (int64_t)out->sizes[3]; x++) {
                    store(out, a->dtype, n, c, y, x, average_at(a, n, c, y, x));
                }
            }
        }
    }
}

static ScStatus views_read(const ScCall *c, uint32_t out_index, ScPool *pool,
                           uint8_t *out_dtype) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, out_index);
    *out_dtype = in.dtype;
    if (!sc_dtype_is_known(in.dtype, false)) {
        return SC_E_UNSUPPORTED;
    }
    return sc_pool_views(&in, &out, (ScDtype)in.dtype, pool);
}

ScStatus sc_aten_avg_pool2d_out_i(ScCall *c) {
    bool ceil_mode = sc_arg_bool(c, 4);
    Average a = {.adaptive = false, .count_pad = sc_arg_bool(c, 5)};
    a.divisor = sc_arg_is_none(c, 6) ? 0 : sc_arg_int(c, 6);
    if (!sc_arg_is_none(c, 6) && a.divisor == 0) {
        return SC_E_SHAPE;
    }
    SC_TRY(views_read(c, 7, &a.pool, &a.dtype));
    SC_TRY(sc_pool_window(c, &a.pool, 0, 0, ceil_mode, &a.pool.h));
    SC_TRY(sc_pool_window(c, &a.pool, 1, 0, ceil_mode, &a.pool.w));
    average_run(&a);
    return SC_OK;
}

ScStatus sc_aten__adaptive_avg_pool2d_out_i(ScCall *c) {
    Average a = {.adaptive = true};
    SC_TRY(views_read(c, 2, &a.pool, &a.dtype));
    SC_TRY(sc_pool_adaptive(c, &a.pool));
    average_run(&a);
    return SC_OK;
}

/* The largest tap, the first of equals, and its index y * W + x. */
static int64_t maximum_at(const ScPool *pool, uint8_t dtype, size_t n, size_t c, int64_t oy,
                          int64_t ox, int64_t *out_index) {
    int64_t ky, ky_end, kx_first, kx_end, best = 0;
    bool found = false;
    sc_pool_taps(&pool->h, oy, &ky, &ky_end);
    sc_pool_taps(&pool->w, ox, &kx_first, &kx_end);
    for (; ky < ky_end; ky++) {
        int64_t y = oy * pool->h.stride - pool->h.pad + ky * pool->h.dilation;
        for (int64_t kx = kx_first; kx < kx_end; kx++) {
            int64_t x = ox * pool->w.stride - pool->w.pad + kx * pool->w.dilation;
            int64_t value = load(&pool->in, dtype, n, c, y, x);
            if (!found || value > best) {
                best = value;
                *out_index = y * pool->w.in + x;
                found = true;
            }
        }
    }
    return best;
}

ScStatus sc_aten_max_pool2d_with_indices_out_i(ScCall *c) {
    ScTensor indices = sc_arg_tensor(c, 7);
    bool ceil_mode = sc_arg_bool(c, 5);
    uint8_t dtype;
    ScPool pool;
    ScView where;
    SC_TRY(views_read(c, 6, &pool, &dtype));
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
                    int64_t best = maximum_at(&pool, dtype, n, ch, y, x, &index);
                    store(&pool.out, dtype, n, ch, y, x, best);
                    store(&where, SC_I64, n, ch, y, x, index);
                }
            }
        }
    }
    return SC_OK;
}
