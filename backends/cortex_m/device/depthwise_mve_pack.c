/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::depthwise3x3_s8.mve_out(x, table, stride, padding, dilation,
 *   input_zero_point, output_zero_point, form, scratch, out): 3x3, one filter a
 *   channel, no limits but int8's.
 * Same bits as cortex_m::quantized_depthwise_conv2d. The table is in gemm_mve.h; form
 * is SC_MVE_RELU or SC_MVE_FULL. Three ways, by the number of channels:
 * - A multiple of 16: in place, without scratch. Behind the table stands a pixel of
 *   input zero points, which taps outside of the image read.
 * - Several pixels as one (sc_mve_depthwise_pixels): rows are copied between margins of
 *   zero points. scratch: such a row of nothing but zero points, then the rows that a
 *   row of outputs reads (2 * dilation + 1, reused in turn).
 * - Else pixels are widened to a multiple of 16. scratch: a pixel of zero points, the
 *   rows that a row of outputs reads, that row itself.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/gemm_mve.h"
#include "backends/cortex_m/device/image.h"
#include "backends/cortex_m/device/loops.h"

typedef struct Layer {
    ScImage x, out;
    ScSpan h, w;
    int32_t pixels; /* taken for one */
    int32_t pixel;  /* bytes of a pixel as the kernel sees it, of several: together */
    int8_t *zeros;
    ScMveDepthwise run;
} Layer;

static bool is_wide(const Layer *l) {
    return l->pixels == 1 && l->pixel == l->x.c;
}

/* Of a row between its margins. */
static int64_t margin_row_bytes(const Layer *l) {
    return ((int64_t)l->x.w + 2 * l->w.pad) * l->x.c;
}

static int64_t scratch_bytes(const Layer *l) {
    int64_t rows = 2 * (int64_t)l->h.dilation + 1;
    if (l->pixels > 1) {
        return (1 + rows) * margin_row_bytes(l);
    }
    return is_wide(l) ? 0 : l->pixel * (1 + rows * l->x.w + l->out.w);
}

static ScStatus layer_read(const ScCall *c, Layer *l) {
    ScTensor x = sc_arg_tensor(c, 0), table = sc_arg_tensor(c, 1);
    ScTensor scratch = sc_arg_tensor(c, 8), out = sc_arg_tensor(c, 9);
    SC_TRY(sc_image_of(&x, &l->x));
    SC_TRY(sc_image_of(&out, &l->out));
    l->h = (ScSpan){.in = l->x.h, .out = l->out.h, .kernel = 3};
    l->w = (ScSpan){.in = l->x.w, .out = l->out.w, .kernel = 3};
    SC_TRY(sc_span_of(c, 0, 2, 3, 4, &l->h));
    SC_TRY(sc_span_of(c, 1, 2, 3, 4, &l->w));
    if (l->x.n != l->out.n || l->x.c != l->out.c || l->x.c < 1 || l->x.c > (1 << 20)) {
        return SC_E_SHAPE;
    }
    l->pixels = sc_mve_depthwise_pixels(l->x.c, l->w.stride, l->out.w);
    l->run.n_blocks = (l->x.c * l->pixels + 15) / 16;
    l->pixel = l->run.n_blocks * 16;
    if (table.dtype != SC_I8 || (uintptr_t)table.data % 4 != 0 ||
        sc_tensor_numel(&table) != (size_t)l->run.n_blocks * SC_MVE_DW_BLOCK +
                                       (is_wide(l) ? (size_t)l->pixel : 0)) {
        return SC_E_SHAPE;
    }
    int64_t x_zero = sc_arg_int(c, 5), zero = sc_arg_int(c, 6), form = sc_arg_int(c, 7);
    if (zero < -128 || zero > 127 || form < SC_MVE_RELU || form > SC_MVE_FULL) {
        return SC_E_RANGE;
    }
    if ((int64_t)sc_tensor_bytes(&scratch) < scratch_bytes(l)) {
        return SC_E_MEMORY;
    }
    if (is_wide(l)) {
        l->zeros = (int8_t *)table.data + (size_t)l->run.n_blocks * SC_MVE_DW_BLOCK;
    } else {
        l->zeros = scratch.data;
        int64_t n_zeros = l->pixels > 1 ? scratch_bytes(l) : l->pixel;
        sc_fill_loop(l->zeros, (int8_t)x_zero, (size_t)n_zeros);
    }
    l->run.table = table.data;
    l->run.zero = (int32_t)zero;
    l->run.form = (ScMveForm)form;
    return SC_OK;
}

/* ---- pixels -------------------------------------------------------------------- */

/*
 * n pixels from column x on that have the same taps inside of the image, to `out`.
 * rows: those that the taps read, NULL outside of the image. Rightwards, or (down != 0)
 * downwards: that many bytes from a pixel's taps to the next one's.
 */
static void pixels_run(const Layer *l, const int8_t *const rows[3], int32_t x, int32_t n,
                       int32_t down, int8_t *out) {
    ScMveDepthwise run = l->run;
    int32_t step = (down ? down : l->w.stride * l->pixel) - l->pixel;
    for (int32_t k = 0; k < 9; k++) {
        int32_t col = x * l->w.stride - l->w.pad + k % 3 * l->w.dilation;
        bool inside = rows[k / 3] && col >= 0 && col < l->x.w;
        run.taps[k] = inside ? rows[k / 3] + (ptrdiff_t)col * l->pixel : l->zeros;
        run.steps[k] = inside ? step : -l->pixel;
        run.any_step |= run.steps[k];
    }
    run.out_step = down ? (l->out.w - 1) * l->pixel : 0;
    run.any_step |= run.out_step;
    run.out = out;
    run.n_pixels = n;
    sc_mve_depthwise(&run);
}

/* How many outputs from `o` on have the same taps inside along this axis: one at the
 * sides, all of them in the middle. */
static int32_t alike_from(const ScSpan *span, int32_t o) {
    int32_t start = o * span->stride - span->pad;
    int32_t room = span->in - 1 - 2 * span->dilation - start;
    int32_t n = start >= 0 && room >= 0 ? room / span->stride + 1 : 1;
    return n < span->out - o ? n : span->out - o;
}

/* ---- channels in blocks of 16 ---------------------------------------------------- */

static void rows_in_image(const Layer *l, const int8_t *image, int32_t y,
                          const int8_t *rows[3]) {
    for (int32_t kh = 0; kh < 3; kh++) {
        int32_t row = y * l->h.stride - l->h.pad + kh * l->h.dilation;
        bool inside = row >= 0 && row < l->x.h;
        rows[kh] = inside ? image + (ptrdiff_t)row * l->x.w * l->pixel : 0;
    }
}

/* Rectangles of pixels with the same taps, in runs along their longer side: each run
 * is a call. */
static void image_run(const Layer *l, const int8_t *image, int8_t *out) {
    int32_t down_bytes = l->h.stride * l->x.w * l->pixel;
    for (int32_t y = 0, n_rows; y < l->out.h; y += n_rows) {
        n_rows = alike_from(&l->h, y);
        for (int32_t x = 0, n_cols; x < l->out.w; x += n_cols) {
            n_cols = alike_from(&l->w, x);
            bool down = n_rows > n_cols;
            for (int32_t i = 0; i < (down ? n_cols : n_rows); i++) {
                const int8_t *rows[3];
                int32_t at_y = down ? y : y + i, at_x = down ? x + i : x;
                rows_in_image(l, image, at_y, rows);
                pixels_run(l, rows, at_x, down ? n_rows : n_cols, down ? down_bytes : 0,
                           out + ((ptrdiff_t)at_y * l->out.w + at_x) * l->pixel);
            }
        }
    }
}

/* ---- channels that are widened ------------------------------------------------------ */

static int8_t *slot_of(const Layer *l, int32_t row) {
    int32_t n_slots = 2 * l->h.dilation + 1;
    return l->zeros + l->pixel + (ptrdiff_t)(row % n_slots) * l->x.w * l->pixel;
}

static void row_widen(const Layer *l, const int8_t *image, int32_t row) {
    ScMveGather gather = {
        .to = slot_of(l, row),
        .from = image + (ptrdiff_t)row * l->x.w * l->x.c,
        .n = l->x.w,
        .n_rows = 1,
        .n_bytes = l->x.c,
        .to_step = l->pixel,
        .from_step = l->x.c,
    };
    sc_mve_gather(&gather);
}

static void row_narrow(const Layer *l, const int8_t *wide, int8_t *out) {
    ScMveGather gather = {
        .to = out,
        .from = wide,
        .n = l->out.w,
        .n_rows = 1,
        .n_bytes = l->x.c,
        .to_step = l->x.c,
        .from_step = l->pixel,
    };
    sc_mve_gather(&gather);
}

/* A row of outputs reads rows that lie at most 2 * dilation apart: as many slots. */
static void image_run_widened(const Layer *l, const int8_t *image, int8_t *out) {
    int8_t *wide =
        l->zeros + l->pixel + (2 * (ptrdiff_t)l->h.dilation + 1) * l->x.w * l->pixel;
    int32_t next = 0; /* row to be widened */
    for (int32_t y = 0; y < l->out.h; y++) {
        const int8_t *rows[3];
        int32_t top = y * l->h.stride - l->h.pad, last = top + 2 * l->h.dilation;
        last = last < l->x.h ? last : l->x.h - 1;
        for (next = next < top ? top : next; next <= last; next++) {
            row_widen(l, image, next);
        }
        for (int32_t kh = 0; kh < 3; kh++) {
            int32_t row = top + kh * l->h.dilation;
            rows[kh] = row >= 0 && row < l->x.h ? slot_of(l, row) : 0;
        }
        for (int32_t x = 0, n; x < l->out.w; x += n) {
            n = alike_from(&l->w, x);
            pixels_run(l, rows, x, n, 0, wide + (ptrdiff_t)x * l->pixel);
        }
        row_narrow(l, wide, out + (ptrdiff_t)y * l->out.w * l->x.c);
    }
}

/* ---- several pixels as one ------------------------------------------------------------
 */

static int8_t *margin_slot_of(const Layer *l, int32_t row) {
    int32_t n_slots = 2 * l->h.dilation + 1;
    return l->zeros + (1 + row % n_slots) * (ptrdiff_t)margin_row_bytes(l);
}

/* n_pixels times l->pixels outputs from column x on. */
static void margin_run(const Layer *l, const int8_t *const rows[3], int32_t x, int32_t n,
                       int8_t *out) {
    ScMveDepthwise run = l->run;
    for (int32_t k = 0; k < 9; k++) {
        int32_t col = x + k % 3 * l->w.dilation;
        run.taps[k] = rows[k / 3] + (ptrdiff_t)col * l->x.c;
    }
    run.out = out + (ptrdiff_t)x * l->x.c;
    run.n_pixels = n;
    sc_mve_depthwise(&run);
}

/* The last pixels of a row are computed twice when they don't come out even. */
static void image_run_margin(const Layer *l, const int8_t *image, int8_t *out) {
    int32_t next = 0, row_bytes = l->x.w * l->x.c;
    for (int32_t y = 0; y < l->out.h; y++) {
        const int8_t *rows[3];
        int32_t top = y * l->h.stride - l->h.pad, last = top + 2 * l->h.dilation;
        last = last < l->x.h ? last : l->x.h - 1;
        for (next = next < top ? top : next; next <= last; next++) {
            sc_copy_loop(margin_slot_of(l, next) + (ptrdiff_t)l->w.pad * l->x.c,
                         image + (ptrdiff_t)next * row_bytes, (size_t)row_bytes);
        }
        for (int32_t kh = 0; kh < 3; kh++) {
            int32_t row = top + kh * l->h.dilation;
            rows[kh] = row >= 0 && row < l->x.h ? margin_slot_of(l, row) : l->zeros;
        }
        margin_run(l, rows, 0, l->out.w / l->pixels, out);
        if (l->out.w % l->pixels) {
            margin_run(l, rows, l->out.w - l->pixels, 1, out);
        }
        out += (ptrdiff_t)l->out.w * l->x.c;
    }
}

ScStatus sc_sconce_depthwise3x3_s8_mve_out_i(ScCall *c) {
    Layer l = {.run = {.n_pixels = 0}};
    SC_TRY(layer_read(c, &l));
    ptrdiff_t in_bytes = (ptrdiff_t)l.x.h * l.x.w * l.x.c;
    ptrdiff_t out_bytes = (ptrdiff_t)l.out.h * l.out.w * l.out.c;
    for (int32_t n = 0; n < l.out.n; n++) {
        const int8_t *image = l.x.data + n * in_bytes;
        int8_t *out = l.out.data + n * out_bytes;
        if (is_wide(&l)) {
            image_run(&l, image, out);
        } else if (l.pixels > 1) {
            image_run_margin(&l, image, out);
        } else {
            image_run_widened(&l, image, out);
        }
    }
    return SC_OK;
}
