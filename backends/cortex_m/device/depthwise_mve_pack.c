/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::depthwise3x3_s8.mve_out(x, table, stride, padding, dilation,
 *   input_zero_point, output_zero_point, form, scratch, out): 3x3, one filter a
 *   channel, channels a multiple of 16, no limits but int8's.
 * Same bits as cortex_m::quantized_depthwise_conv2d. A tap outside of the image reads
 * scratch: a pixel of input zero points. The table is in gemm_mve.h; form is
 * SC_MVE_RELU or SC_MVE_FULL.
 */
#include <string.h>

#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/gemm_mve.h"
#include "backends/cortex_m/device/image.h"

typedef struct Layer {
    ScImage x, out;
    ScSpan h, w;
    int8_t *zeros; /* a pixel */
    ScMveDepthwise run;
} Layer;

static ScStatus layer_read(const ScCall *c, Layer *l) {
    ScTensor x = sc_arg_tensor(c, 0), table = sc_arg_tensor(c, 1);
    ScTensor scratch = sc_arg_tensor(c, 8), out = sc_arg_tensor(c, 9);
    SC_TRY(sc_image_of(&x, &l->x));
    SC_TRY(sc_image_of(&out, &l->out));
    l->h = (ScSpan){.in = l->x.h, .out = l->out.h, .kernel = 3};
    l->w = (ScSpan){.in = l->x.w, .out = l->out.w, .kernel = 3};
    SC_TRY(sc_span_of(c, 0, 2, 3, 4, &l->h));
    SC_TRY(sc_span_of(c, 1, 2, 3, 4, &l->w));
    l->run.n_blocks = l->x.c / 16;
    if (l->x.n != l->out.n || l->x.c != l->out.c || l->x.c < 16 || l->x.c % 16 ||
        table.dtype != SC_I8 || (uintptr_t)table.data % 4 != 0 ||
        sc_tensor_numel(&table) != (size_t)l->run.n_blocks * SC_MVE_DW_BLOCK) {
        return SC_E_SHAPE;
    }
    int64_t x_zero = sc_arg_int(c, 5), zero = sc_arg_int(c, 6), form = sc_arg_int(c, 7);
    if (zero < -128 || zero > 127 || form < SC_MVE_RELU || form > SC_MVE_FULL) {
        return SC_E_RANGE;
    }
    if (sc_tensor_bytes(&scratch) < (size_t)l->x.c) {
        return SC_E_MEMORY;
    }
    l->zeros = scratch.data;
    memset(l->zeros, (int)x_zero, (size_t)l->x.c);
    l->run.table = table.data;
    l->run.zero = (int32_t)zero;
    l->run.form = (ScMveForm)form;
    return SC_OK;
}

/* n pixels from (y, x) on, rightwards or downwards; they have the same taps inside the
 * image. */
static void pixels_run(const Layer *l, const int8_t *image, int32_t y, int32_t x, int32_t n,
                       bool down, int8_t *out) {
    ScMveDepthwise run = l->run;
    int32_t pixel = l->x.c, row_bytes = l->x.w * pixel;
    int32_t step = (down ? l->h.stride * row_bytes : l->w.stride * pixel) - pixel;
    for (int32_t k = 0; k < 9; k++) {
        int32_t row = y * l->h.stride - l->h.pad + k / 3 * l->h.dilation;
        int32_t col = x * l->w.stride - l->w.pad + k % 3 * l->w.dilation;
        bool inside = row >= 0 && row < l->x.h && col >= 0 && col < l->x.w;
        run.taps[k] =
            inside ? image + (ptrdiff_t)row * row_bytes + (ptrdiff_t)col * pixel : l->zeros;
        run.steps[k] = inside ? step : -pixel;
        run.any_step |= run.steps[k];
    }
    run.out_step = down ? (l->out.w - 1) * pixel : 0;
    run.any_step |= run.out_step;
    run.out = out + ((ptrdiff_t)y * l->out.w + x) * pixel;
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

/* Rectangles of pixels with the same taps, in runs along their longer side: each run
 * is a call. */
static void image_run(const Layer *l, const int8_t *image, int8_t *out) {
    for (int32_t y = 0, n_rows; y < l->out.h; y += n_rows) {
        n_rows = alike_from(&l->h, y);
        for (int32_t x = 0, n_cols; x < l->out.w; x += n_cols) {
            n_cols = alike_from(&l->w, x);
            bool down = n_rows > n_cols;
            for (int32_t i = 0; i < (down ? n_cols : n_rows); i++) {
                pixels_run(l, image, down ? y : y + i, down ? x + i : x,
                           down ? n_rows : n_cols, down, out);
            }
        }
    }
}

ScStatus sc_sconce_depthwise3x3_s8_mve_out_i(ScCall *c) {
    Layer l = {.run = {.n_pixels = 0}};
    SC_TRY(layer_read(c, &l));
    ptrdiff_t in_bytes = (ptrdiff_t)l.x.h * l.x.w * l.x.c;
    ptrdiff_t out_bytes = (ptrdiff_t)l.out.h * l.out.w * l.out.c;
    for (int32_t n = 0; n < l.out.n; n++) {
        image_run(&l, l.x.data + n * in_bytes, l.out.data + n * out_bytes);
    }
    return SC_OK;
}
