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

/* Pixels x .. x + n - 1 of output row y; they have the same taps inside the image. */
static void pixels_run(const Layer *l, const int8_t *image, int32_t y, int32_t x, int32_t n,
                       int8_t *out) {
    ScMveDepthwise run = l->run;
    int32_t pixel = l->x.c;
    for (int32_t kh = 0; kh < 3; kh++) {
        int32_t row = y * l->h.stride - l->h.pad + kh * l->h.dilation;
        bool above = row < 0 || row >= l->x.h;
        run.steps[kh] = above ? -pixel : (l->w.stride - 1) * pixel;
        for (int32_t kw = 0; kw < 3; kw++) {
            int32_t col = x * l->w.stride - l->w.pad + kw * l->w.dilation;
            bool beside = col < 0 || col >= l->x.w;
            run.taps[kh * 3 + kw] = above || beside
                                        ? l->zeros
                                        : image + ((ptrdiff_t)row * l->x.w + col) * pixel;
        }
    }
    run.out = out + (ptrdiff_t)x * pixel;
    run.n_pixels = n;
    sc_mve_depthwise(&run);
}

/* Outputs whose taps all lie inside of the row: from *out_first, how many. */
static int32_t inside_of(const ScSpan *w, int32_t *out_first) {
    int32_t first = (w->pad + w->stride - 1) / w->stride;
    int32_t room = w->in - 1 - 2 * w->dilation + w->pad; /* of the last one's start */
    int32_t last = room < 0 ? -1 : room / w->stride;
    last = last < w->out - 1 ? last : w->out - 1;
    *out_first = first;
    return last >= first ? last - first + 1 : 0;
}

static void row_run(const Layer *l, const int8_t *image, int32_t y, int8_t *out) {
    int32_t first, n = inside_of(&l->w, &first);
    for (int32_t x = 0; x < l->out.w; x++) {
        bool run = n > 0 && x == first;
        pixels_run(l, image, y, x, run ? n : 1, out);
        x += run ? n - 1 : 0;
    }
}

ScStatus sc_sconce_depthwise3x3_s8_mve_out_i(ScCall *c) {
    Layer l = {.run = {.n_pixels = 0}};
    SC_TRY(layer_read(c, &l));
    ptrdiff_t in_bytes = (ptrdiff_t)l.x.h * l.x.w * l.x.c;
    ptrdiff_t row_bytes = (ptrdiff_t)l.out.w * l.out.c;
    for (int32_t n = 0; n < l.out.n; n++) {
        for (int32_t y = 0; y < l.out.h; y++) {
            row_run(&l, l.x.data + n * in_bytes, y,
                    l.out.data + ((ptrdiff_t)n * l.out.h + y) * row_bytes);
        }
    }
    return SC_OK;
}
