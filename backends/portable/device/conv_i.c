/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::convolution.out of integers: 1-d and 2-d, grouped, dilated, transposed, any
 * layout. Sums wrap in the dtype of the output. A reference that constants are folded
 * with: one element at a time.
 */
#include "backends/portable/device/conv_args.h"
#include "backends/portable/device/element.h"
#include "backends/portable/device/portable.h"

static ptrdiff_t place(const ScView *v, size_t a, size_t b, size_t c, size_t d) {
    return (ptrdiff_t)a * v->strides[0] + (ptrdiff_t)b * v->strides[1] +
           (ptrdiff_t)c * v->strides[2] + (ptrdiff_t)d * v->strides[3];
}

static int64_t load(const void *data, uint8_t dtype, ptrdiff_t at) {
    int64_t value;
    sc_load_i64(&value, data, dtype, at, 1, 1);
    return value;
}

static void plane_fill(const ScConv *conv, uint8_t dtype, size_t n, size_t oc) {
    int64_t value = conv->bias ? load(conv->bias, dtype, (ptrdiff_t)oc) : 0;
    for (size_t y = 0; y < conv->out.sizes[2]; y++) {
        for (size_t x = 0; x < conv->out.sizes[3]; x++) {
            sc_store_i64(conv->out.data, dtype, place(&conv->out, n, oc, y, x), 1, &value,
                         1);
        }
    }
}

/* Adds one tap to a plane. The far side moves by the stride: the input, or the output
 * of a transposed convolution. */
static void tap_add(const ScConv *conv, uint8_t dtype, size_t kh, size_t kw, int64_t weight,
                    size_t n, size_t ic, size_t oc) {
    int64_t y, y_end, x_first, x_end;
    sc_window_span(&conv->h, (int64_t)kh, &y, &y_end);
    sc_window_span(&conv->w, (int64_t)kw, &x_first, &x_end);
    for (; y < y_end; y++) {
        size_t fy =
            (size_t)(y * conv->h.stride - conv->h.pad + (int64_t)kh * conv->h.dilation);
        for (int64_t x = x_first; x < x_end; x++) {
            size_t fx =
                (size_t)(x * conv->w.stride - conv->w.pad + (int64_t)kw * conv->w.dilation);
            size_t ny = (size_t)y, nx = (size_t)x;
            ptrdiff_t from = conv->transposed ? place(&conv->in, n, ic, ny, nx)
                                              : place(&conv->in, n, ic, fy, fx);
            ptrdiff_t to = conv->transposed ? place(&conv->out, n, oc, fy, fx)
                                            : place(&conv->out, n, oc, ny, nx);
            uint64_t product =
                (uint64_t)weight * (uint64_t)load(conv->in.data, dtype, from);
            int64_t sum = (int64_t)((uint64_t)load(conv->out.data, dtype, to) + product);
            sc_store_i64(conv->out.data, dtype, to, 1, &sum, 1);
        }
    }
}

static void plane_run(const ScConv *conv, uint8_t dtype, size_t n, size_t oc) {
    size_t group = oc / conv->out_per_group, in_group = oc % conv->out_per_group;
    plane_fill(conv, dtype, n, oc);
    for (size_t i = 0; i < conv->in_per_group; i++) {
        size_t ic = group * conv->in_per_group + i;
        for (size_t kh = 0; kh < conv->weight.sizes[2]; kh++) {
            for (size_t kw = 0; kw < conv->weight.sizes[3]; kw++) {
                ptrdiff_t at = conv->transposed ? place(&conv->weight, ic, in_group, kh, kw)
                                                : place(&conv->weight, oc, i, kh, kw);
                tap_add(conv, dtype, kh, kw, load(conv->weight.data, dtype, at), n, ic, oc);
            }
        }
    }
}

ScStatus sc_aten_convolution_out_i(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 9);
    ScConv conv;
    if (!sc_dtype_is_known(out.dtype, false)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(sc_conv_read(c, 9, (ScDtype)out.dtype, &conv));
    for (size_t n = 0; n < conv.out.sizes[0]; n++) {
        for (size_t oc = 0; oc < conv.out.sizes[1]; oc++) {
            plane_run(&conv, out.dtype, n, oc);
        }
    }
    return SC_OK;
}
