/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::conv2d_s8.mve_out(x, table, kernel, stride, padding, input_zero_point,
 *   output_zero_point, min, max, form, scratch, out)
 * sconce::linear_s8.mve_out(x [.., K], table, input_zero_point, output_zero_point,
 *   min, max, form, scratch, out [.., N])
 * Same bits as cortex_m::quantized_conv2d and sconce::linear_s8. The window of a
 * pixel is one record of K bytes; a 1x1 convolution and a linear
 * layer have their records in place. Others are gathered into scratch: the columns of
 * an output row (sc_mve_by_columns), or the windows of as many pixels as it holds; taps
 * outside of the image are the input's zero point. The table is in gemm_mve.h; form is
 * ScMveForm.
 */
#include <string.h>

#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/gemm_mve.h"
#include "backends/cortex_m/device/image.h"

typedef struct Layer {
    ScImage x, out;
    ScSpan h, w;
    int32_t n_pixels; /* of the output */
    int32_t k;        /* bytes of a record */
    int32_t x_zero;
    ScMveGemm gemm; /* all but the pixels */
    int8_t *scratch;
    int32_t record_bytes; /* k rounded up to chunks */
    int32_t batch;        /* records that scratch holds */
    size_t scratch_bytes;
} Layer;

static ScStatus table_of(const ScCall *c, int64_t k, Layer *l) {
    ScTensor table = sc_arg_tensor(c, 1);
    int64_t n_pixels = (int64_t)l->out.n * l->out.h * l->out.w;
    if (k < 1 || k > (1 << 20) || l->out.c < 1 || l->out.c > (1 << 20) ||
        n_pixels > INT32_MAX) {
        return SC_E_SHAPE;
    }
    l->n_pixels = (int32_t)n_pixels;
    l->k = (int32_t)k;
    l->gemm.n_chunks = (l->k + SC_MVE_CHUNK - 1) / SC_MVE_CHUNK;
    l->record_bytes = l->gemm.n_chunks * SC_MVE_CHUNK;
    int64_t groups = (l->out.c + 3) / 4;
    if (table.dtype != SC_I8 || (uintptr_t)table.data % 4 != 0 ||
        (int64_t)sc_tensor_numel(&table) != groups * (48 + 64 * l->gemm.n_chunks)) {
        return SC_E_SHAPE;
    }
    l->gemm.table = table.data;
    return SC_OK;
}

/* Arguments from the input's zero point on stand in one order in both operators. */
static ScStatus rest_of(const ScCall *c, uint32_t at, Layer *l) {
    ScTensor scratch = sc_arg_tensor(c, at + 5);
    l->x_zero = (int32_t)sc_arg_int(c, at);
    int64_t zero = sc_arg_int(c, at + 1), form = sc_arg_int(c, at + 4);
    int64_t min = sc_arg_int(c, at + 2), max = sc_arg_int(c, at + 3);
    if (zero < -128 || zero > 127 || min < -128 || max > 127 || min > max || form < 0 ||
        form > SC_MVE_GENERAL) {
        return SC_E_RANGE;
    }
    l->gemm.zero = (int32_t)zero;
    l->gemm.min = (int32_t)min;
    l->gemm.max = (int32_t)max;
    l->gemm.form = (ScMveForm)form;
    l->gemm.out_stride = l->out.c;
    l->scratch = scratch.data;
    l->scratch_bytes = sc_tensor_bytes(&scratch);
    size_t batch = l->scratch_bytes / (size_t)l->record_bytes;
    l->batch = batch > INT16_MAX ? INT16_MAX : (int32_t)batch;
    return SC_OK;
}

/* ---- pixels ---------------------------------------------------------------- */

/* Fewer than four channels: the kernel writes four. */
static void pixels_run_narrow(const ScMveGemm *all, int32_t channels, int8_t *out) {
    int8_t four[4];
    for (int32_t p = 0; p < all->n_pixels; p++) {
        ScMveGemm g = *all;
        g.x += (ptrdiff_t)p * all->x_stride;
        g.n_pixels = 1;
        g.n_groups = 1;
        g.out = four;
        sc_mve_gemm(&g);
        memcpy(out + (ptrdiff_t)p * channels, four, (size_t)channels);
    }
}

static void pixels_run(const Layer *l, const int8_t *x, int32_t stride, int32_t n,
                       int8_t *out) {
    ScMveGemm g = l->gemm;
    int32_t channels = l->out.c;
    g.x = x;
    g.x_stride = stride;
    g.n_pixels = n;
    if (n < 1) {
        return;
    }
    if (channels < 4) {
        pixels_run_narrow(&g, channels, out);
        return;
    }
    g.n_groups = channels / 4;
    g.out = out;
    sc_mve_gemm(&g);
    if (channels % 4) { /* the last four channels once more */
        g.table += (ptrdiff_t)g.n_groups * (48 + 64 * g.n_chunks);
        g.out = out + channels - 4;
        g.n_groups = 1;
        sc_mve_gemm(&g);
    }
}

/* Records in place. The kernel reads whole chunks: the last record ends the tensor,
 * so it moves to scratch unless it is whole. */
static ScStatus records_in_place(const Layer *l) {
    int32_t n = l->n_pixels;
    int32_t direct = l->k % SC_MVE_CHUNK ? n - 1 : n;
    pixels_run(l, l->x.data, l->k, direct, l->out.data);
    if (direct < n) {
        if (l->batch < 1) {
            return SC_E_MEMORY;
        }
        memcpy(l->scratch, l->x.data + (ptrdiff_t)direct * l->k, (size_t)l->k);
        pixels_run(l, l->scratch, l->record_bytes, 1,
                   l->out.data + (ptrdiff_t)direct * l->out.c);
    }
    return SC_OK;
}

/* ---- windows ----------------------------------------------------------------- */

/* Input positions of a window's taps along one axis that lie inside of the image:
 * from `first` on, `n` of them; empty windows have n = 0. */
typedef struct Taps {
    int32_t first, n;
} Taps;

static Taps taps_of(const ScSpan *span, int32_t start) {
    int32_t first = start < 0 ? -start : 0;
    int32_t end = start + span->kernel < span->in ? span->kernel : span->in - start;
    return (Taps){first, end > first ? end - first : 0};
}

/* n neighbouring pixels whose windows have the same taps inside: records at `to`. */
static void windows_gather(const Layer *l, const int8_t *image, int32_t y, int32_t x,
                           int32_t n, int8_t *to) {
    int32_t top = y * l->h.stride - l->h.pad, side = x * l->w.stride - l->w.pad;
    int32_t pixel = l->x.c, run = l->w.kernel * pixel;
    Taps rows = taps_of(&l->h, top), cols = taps_of(&l->w, side);
    if (rows.n < l->h.kernel || cols.n < l->w.kernel) {
        sc_mve_fill(to, l->record_bytes, n, l->k, l->x_zero);
    }
    if (rows.n == 0 || cols.n == 0) {
        return;
    }
    ScMveGather gather = {
        .to = to + (ptrdiff_t)rows.first * run + (ptrdiff_t)cols.first * pixel,
        .from =
            image + ((ptrdiff_t)(top + rows.first) * l->x.w + side + cols.first) * pixel,
        .n = n,
        .n_rows = rows.n,
        .n_bytes = cols.n * pixel,
        .to_row = run,
        .from_row = l->x.w * pixel,
        .to_step = l->record_bytes,
        .from_step = l->w.stride * pixel,
    };
    sc_mve_gather(&gather);
}

/* How many windows from pixel x of a row on have the same taps inside: one at the
 * sides, all of them in the middle. */
static int32_t alike_from(const Layer *l, int32_t x) {
    int32_t side = x * l->w.stride - l->w.pad, room = l->x.w - l->w.kernel - side;
    int32_t n = side >= 0 && room >= 0 ? room / l->w.stride + 1 : 1;
    return n < l->out.w - x ? n : l->out.w - x;
}

/* Output pixels lie behind each other from row to row and image to image, so a batch
 * may span rows. */
static void windows_run(const Layer *l) {
    int32_t x = 0, y = 0, in_batch = 0;
    const int8_t *image = l->x.data;
    int8_t *out = l->out.data;
    for (int32_t left = l->n_pixels; left > 0;) {
        int32_t n = alike_from(l, x), room = l->batch - in_batch;
        n = n < room ? n : room;
        windows_gather(l, image, y, x, n,
                       l->scratch + (ptrdiff_t)in_batch * l->record_bytes);
        x += n;
        in_batch += n;
        left -= n;
        if (x == l->out.w) {
            x = 0;
            y++;
        }
        if (y == l->out.h) {
            y = 0;
            image += (ptrdiff_t)l->x.h * l->x.w * l->x.c;
        }
        if (in_batch == l->batch || left == 0) {
            pixels_run(l, l->scratch, l->record_bytes, in_batch, out);
            out += (ptrdiff_t)in_batch * l->out.c;
            in_batch = 0;
        }
    }
}

/* ---- columns ------------------------------------------------------------------- */

/* The columns that output row y reads; those beside the image are filled once. */
static void columns_gather(const Layer *l, const int8_t *image, int32_t y,
                           int32_t n_columns) {
    int32_t top = y * l->h.stride - l->h.pad, row_bytes = l->x.w * l->x.c;
    int32_t column_bytes = l->h.kernel * l->x.c, n = n_columns - l->w.pad;
    Taps rows = taps_of(&l->h, top);
    if (y == 0 || rows.n < l->h.kernel) {
        sc_mve_fill(l->scratch, 0, 1, n_columns * column_bytes, l->x_zero);
    }
    if (rows.n == 0 || n <= 0) {
        return;
    }
    ScMveColumns columns = {
        .to = l->scratch + (ptrdiff_t)l->w.pad * column_bytes +
              (ptrdiff_t)rows.first * l->x.c,
        .from = image + (ptrdiff_t)(top + rows.first) * row_bytes,
        .n = n < l->x.w ? n : l->x.w,
        .n_rows = rows.n,
        .channels = l->x.c,
        .column_bytes = column_bytes,
        .row_bytes = row_bytes,
    };
    sc_mve_columns(&columns);
}

static ScStatus columns_run(const Layer *l) {
    int64_t n_columns = (int64_t)(l->out.w - 1) * l->w.stride + l->w.kernel;
    int32_t column_bytes = l->h.kernel * l->x.c;
    if (n_columns * column_bytes > (int64_t)l->scratch_bytes ||
        n_columns * column_bytes > INT32_MAX) {
        return SC_E_MEMORY;
    }
    int8_t *out = l->out.data;
    for (int32_t n = 0; n < l->out.n; n++) {
        const int8_t *image = l->x.data + (ptrdiff_t)n * l->x.h * l->x.w * l->x.c;
        for (int32_t y = 0; y < l->out.h; y++) {
            columns_gather(l, image, y, (int32_t)n_columns);
            pixels_run(l, l->scratch, l->w.stride * column_bytes, l->out.w, out);
            out += (ptrdiff_t)l->out.w * l->out.c;
        }
    }
    return SC_OK;
}

static ScStatus layer_run(const Layer *l) {
    bool in_place = l->h.kernel == 1 && l->w.kernel == 1 && l->h.stride == 1 &&
                    l->w.stride == 1 && l->h.pad == 0 && l->w.pad == 0;
    if (l->n_pixels < 1) {
        return SC_OK;
    }
    if (in_place && l->k >= SC_MVE_CHUNK) {
        return records_in_place(l);
    }
    if (sc_mve_by_columns(l->x.c, l->w.kernel, l->w.stride)) {
        return columns_run(l);
    }
    if (l->batch < 1) {
        return SC_E_MEMORY;
    }
    windows_run(l);
    return SC_OK;
}

/* ---- operators --------------------------------------------------------------- */

static ScStatus kernel_of(const ScCall *c, uint32_t axis, ScSpan *span) {
    uint32_t n = sc_arg_count(c, 2);
    int64_t kernel = n ? sc_arg_int_at(c, 2, axis < n ? axis : n - 1) : 0;
    if (kernel < 1 || kernel > INT16_MAX) {
        return SC_E_SHAPE;
    }
    span->kernel = (int32_t)kernel;
    return sc_span_of(c, axis, 3, 4, 0, span);
}

ScStatus sc_sconce_conv2d_s8_mve_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 11);
    Layer l = {.k = 0};
    SC_TRY(sc_image_of(&x, &l.x));
    SC_TRY(sc_image_of(&out, &l.out));
    l.h = (ScSpan){.in = l.x.h, .out = l.out.h};
    l.w = (ScSpan){.in = l.x.w, .out = l.out.w};
    SC_TRY(kernel_of(c, 0, &l.h));
    SC_TRY(kernel_of(c, 1, &l.w));
    if (l.x.n != l.out.n) {
        return SC_E_SHAPE;
    }
    int64_t taps = (int64_t)l.h.kernel * l.w.kernel;
    SC_TRY(table_of(c, taps > (1 << 20) ? 0 : taps * l.x.c, &l));
    SC_TRY(rest_of(c, 5, &l));
    return layer_run(&l);
}

ScStatus sc_sconce_linear_s8_mve_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 8);
    if (x.rank < 1 || x.rank != out.rank || x.dtype != SC_I8 || out.dtype != SC_I8) {
        return SC_E_SHAPE;
    }
    int32_t k = x.sizes[x.rank - 1], n = out.sizes[x.rank - 1];
    size_t rows = k > 0 ? sc_tensor_numel(&x) / (size_t)k : 0;
    if (n < 1 || rows > INT16_MAX || rows * (size_t)n != sc_tensor_numel(&out)) {
        return SC_E_SHAPE;
    }
    static const ScSpan one = {.in = 1, .out = 1, .kernel = 1, .stride = 1, .dilation = 1};
    Layer l = {.h = one, .w = one};
    l.x = (ScImage){x.data, 1, 1, (int32_t)rows, k};
    l.out = (ScImage){out.data, 1, 1, (int32_t)rows, n};
    l.w.in = l.w.out = (int32_t)rows;
    SC_TRY(table_of(c, k, &l));
    SC_TRY(rest_of(c, 2, &l));
    return layer_run(&l);
}
