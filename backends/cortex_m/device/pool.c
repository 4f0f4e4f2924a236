/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::quantized_avg_pool2d.out(x, kernel, stride, padding, ceil_mode,
 *   zero_point, multiplier, shift, scratch, out): the mean of the integers inside
 *   the image, halves away from zero; zero_point, multiplier, shift are not used.
 * cortex_m::quantized_max_pool2d.out(x, kernel, stride, padding, dilation,
 *   ceil_mode, input_zero_point, output_zero_point, min, max, out)
 * sconce::avg_pool_s8.out(x, kernel, stride, input_zero_point, output_zero_point,
 *   multiplier, shift, out): no padding; the sum less its zero points, requantized
 *   to a scale of its own (1 / count is in the multiplier).
 * `*_nhwc` are the same of contiguous tensors whose sizes are N, H, W, C.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "backends/cortex_m/device/loops.h"
#include "kernels/num.h"

typedef struct Pool {
    ScImage x, out;
    ScSpan h, w;
    int32_t min, max;
    bool average;
} Pool;

/* pad_index, dilation_index 0: there is no such argument. */
static ScStatus pool_read(const ScCall *c, uint32_t pad_index, uint32_t dilation_index,
                          uint32_t out_index, ScImageOf *image_of, Pool *pool) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, out_index);
    uint32_t n = sc_arg_count(c, 1);
    SC_TRY(image_of(&x, &pool->x));
    SC_TRY(image_of(&out, &pool->out));
    if (pool->x.n != pool->out.n || pool->x.c != pool->out.c || n < 1) {
        return SC_E_SHAPE;
    }
    int64_t kernel_h = sc_arg_int_at(c, 1, 0), kernel_w = sc_arg_int_at(c, 1, n - 1);
    if (kernel_h < 1 || kernel_h > 32767 || kernel_w < 1 || kernel_w > 32767) {
        return SC_E_SHAPE;
    }
    pool->h = (ScSpan){.in = pool->x.h, .out = pool->out.h, .kernel = (int32_t)kernel_h};
    pool->w = (ScSpan){.in = pool->x.w, .out = pool->out.w, .kernel = (int32_t)kernel_w};
    SC_TRY(sc_span_of(c, 0, 2, pad_index, dilation_index, &pool->h));
    return sc_span_of(c, 1, 2, pad_index, dilation_index, &pool->w);
}

static int8_t pool_at(const Pool *pool, int32_t n, int32_t y, int32_t x, int32_t channel) {
    int32_t sum = 0, count = 0, best = -128;
    for (int32_t kh = 0; kh < pool->h.kernel; kh++) {
        int32_t row = y * pool->h.stride - pool->h.pad + kh * pool->h.dilation;
        for (int32_t kw = 0; row >= 0 && row < pool->x.h && kw < pool->w.kernel; kw++) {
            int32_t col = x * pool->w.stride - pool->w.pad + kw * pool->w.dilation;
            if (col >= 0 && col < pool->x.w) {
                size_t pixel =
                    ((size_t)n * (size_t)pool->x.h + (size_t)row) * (size_t)pool->x.w +
                    (size_t)col;
                int32_t value = pool->x.data[pixel * (size_t)pool->x.c + (size_t)channel];
                sum += value;
                count++;
                best = value > best ? value : best;
            }
        }
    }
    if (pool->average && count > 0) {
        best = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
    }
    return (int8_t)sc_clamp_i32(best, pool->min, pool->max);
}

static void pool_run(const Pool *pool) {
    int8_t *to = pool->out.data;
    for (int32_t n = 0; n < pool->out.n; n++) {
        for (int32_t y = 0; y < pool->out.h; y++) {
            for (int32_t x = 0; x < pool->out.w; x++) {
                for (int32_t channel = 0; channel < pool->out.c; channel++) {
                    *to++ = pool_at(pool, n, y, x, channel);
                }
            }
        }
    }
}

static ScStatus average_run(const ScCall *c, ScImageOf *image_of) {
    Pool pool = {.average = true, .min = -128, .max = 127};
    SC_TRY(pool_read(c, 3, 0, 9, image_of, &pool));
    pool_run(&pool);
    return SC_OK;
}

/* Taps of a window that lie inside: from the first position on, how many. */
static int32_t inside_of(const ScSpan *span, int32_t o, int32_t *out_first) {
    int32_t start = o * span->stride - span->pad, end = start + span->kernel;
    *out_first = start < 0 ? 0 : start;
    end = end < span->in ? end : span->in;
    return end > *out_first ? end - *out_first : 0;
}

/* Without dilation a window is a rectangle. */
static void maximum_of_rectangles(const Pool *pool) {
    const ScImage *x = &pool->x;
    ScMaxLoop loop = {.row_bytes = x->w * x->c,
                      .channels = x->c,
                      .out = pool->out.data,
                      .min = pool->min,
                      .max = pool->max};
    for (int32_t n = 0; n < pool->out.n; n++) {
        const int8_t *image = x->data + (ptrdiff_t)n * x->h * loop.row_bytes;
        for (int32_t row = 0; row < pool->out.h; row++) {
            for (int32_t col = 0; col < pool->out.w; col++) {
                int32_t top, left;
                loop.rows = inside_of(&pool->h, row, &top);
                loop.cols = inside_of(&pool->w, col, &left);
                bool some = loop.rows > 0 && loop.cols > 0;
                loop.rows = some ? loop.rows : 0;
                loop.x =
                    some ? image + (ptrdiff_t)top * loop.row_bytes + (ptrdiff_t)left * x->c
                         : image;
                sc_max_loop(&loop);
                loop.out += x->c;
            }
        }
    }
}

static ScStatus maximum_run(const ScCall *c, ScImageOf *image_of) {
    Pool pool = {.average = false};
    SC_TRY(pool_read(c, 3, 4, 10, image_of, &pool));
    pool.min = sc_arg_small(c, 8);
    pool.max = sc_arg_small(c, 9);
    if (sc_arg_int(c, 6) != sc_arg_int(c, 7)) {
        return SC_E_UNSUPPORTED;
    }
    if (pool.h.dilation == 1 && pool.w.dilation == 1 && pool.min >= -128 &&
        pool.max <= 127 && pool.min <= pool.max) {
        maximum_of_rectangles(&pool);
        return SC_OK;
    }
    pool_run(&pool);
    return SC_OK;
}

ScStatus sc_cortex_m_quantized_avg_pool2d_out_i(ScCall *c) {
    return average_run(c, sc_image_of);
}

ScStatus sc_cortex_m_quantized_avg_pool2d_nhwc_out_i(ScCall *c) {
    return average_run(c, sc_image_nhwc_of);
}

ScStatus sc_cortex_m_quantized_max_pool2d_out_i(ScCall *c) {
    return maximum_run(c, sc_image_of);
}

ScStatus sc_cortex_m_quantized_max_pool2d_nhwc_out_i(ScCall *c) {
    return maximum_run(c, sc_image_nhwc_of);
}

static void mean_run(const Pool *pool, ScMeanLoop *loop) {
    const ScImage *x = &pool->x;
    for (int32_t n = 0; n < pool->out.n; n++) {
        const int8_t *image = x->data + (ptrdiff_t)n * x->h * loop->row_bytes;
        for (int32_t row = 0; row < pool->out.h; row++) {
            for (int32_t col = 0; col < pool->out.w; col++) {
                loop->x = image + (ptrdiff_t)row * pool->h.stride * loop->row_bytes +
                          (ptrdiff_t)col * pool->w.stride * x->c;
                sc_mean_loop(loop);
                loop->out += x->c;
            }
        }
    }
}

ScStatus sc_sconce_avg_pool_s8_out_i(ScCall *c) {
    Pool pool = {.average = true};
    SC_TRY(pool_read(c, 0, 0, 7, sc_image_of, &pool));
    int64_t x_zero = sc_arg_int(c, 3), zero = sc_arg_int(c, 4), shift = sc_arg_int(c, 6);
    if (shift < -31 || shift > 31 || x_zero < -128 || x_zero > 127 || zero < -128 ||
        zero > 127) {
        return SC_E_RANGE;
    }
    uint32_t count = (uint32_t)pool.h.kernel * (uint32_t)pool.w.kernel;
    ScMeanLoop loop = {.rows = pool.h.kernel,
                       .cols = pool.w.kernel,
                       .row_bytes = pool.x.w * pool.x.c,
                       .channels = pool.x.c,
                       .out = pool.out.data,
                       .start = (int32_t)(0u - count * (uint32_t)(int32_t)x_zero),
                       .multiplier = (int32_t)sc_arg_int(c, 5),
                       .shift = (int32_t)shift,
                       .zero = (int32_t)zero};
    mean_run(&pool, &loop);
    return SC_OK;
}
