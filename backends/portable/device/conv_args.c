/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a convolution; the contract is in conv_args.h. */
#include "backends/portable/device/conv_args.h"

static ScStatus view_images(const ScTensor *t, ScDtype dtype, ScView *out_view) {
    SC_TRY(sc_view(t, out_view));
    if (t->dtype != dtype) {
        return SC_E_UNSUPPORTED;
    }
    if (t->rank == 3) {
        sc_view_unsqueeze(out_view, 2);
    }
    return out_view->rank == 4 ? SC_OK : SC_E_SHAPE;
}

/* Axis 2 + `axis` of the images; axis 0 of a 1-d convolution is the added one. */
static ScStatus window_read(const ScCall *c, const ScConv *conv, uint32_t axis,
                            uint32_t rank, ScWindow *out_window) {
    bool added = rank == 3 && axis == 0;
    uint32_t item = rank == 3 ? 0 : axis;
    ScWindow w = {(int64_t)conv->in.sizes[2 + axis],
                  (int64_t)conv->out.sizes[2 + axis],
                  (int64_t)conv->weight.sizes[2 + axis],
                  1,
                  0,
                  1};
    int64_t output_pad = 0;
    if (!added) {
        w.stride = sc_window_item(c, 3, item, 1);
        w.pad = sc_window_item(c, 4, item, 0);
        w.dilation = sc_window_item(c, 5, item, 1);
        output_pad = sc_window_item(c, 7, item, 0);
    }
    *out_window = w;
    if (!conv->transposed) {
        return sc_window_check(&w, false);
    }
    if (w.kernel < 1 || w.stride < 1 || w.dilation < 1 || w.pad < 0 || output_pad < 0) {
        return SC_E_SHAPE;
    }
    int64_t want = (w.in - 1) * w.stride - 2 * w.pad + w.dilation * (w.kernel - 1) + 1;
    /* The window of the reverse direction: input i touches out i*stride-pad+k*d. */
    out_window->in = w.out;
    out_window->out = w.in;
    return want + output_pad == w.out ? SC_OK : SC_E_SHAPE;
}

static ScStatus channels_check(ScConv *conv, int64_t groups) {
    size_t in = conv->in.sizes[1];
    size_t out = conv->out.sizes[1];
    const size_t *w = conv->weight.sizes;
    if (groups < 1 || groups > SC_WINDOW_MAX || conv->in.sizes[0] != conv->out.sizes[0]) {
        return SC_E_SHAPE;
    }
    conv->groups = (size_t)groups;
    conv->in_per_group = in / conv->groups;
    conv->out_per_group = out / conv->groups;
    size_t want0 = conv->transposed ? in : out;
    size_t want1 = conv->transposed ? conv->out_per_group : conv->in_per_group;
    bool divides = in % conv->groups == 0 && out % conv->groups == 0;
    return divides && w[0] == want0 && w[1] == want1 ? SC_OK : SC_E_SHAPE;
}

static ScStatus bias_read(const ScCall *c, ScDtype dtype, ScConv *conv) {
    conv->bias = 0;
    if (sc_arg_is_none(c, 2)) {
        return SC_OK;
    }
    ScTensor bias = sc_arg_tensor(c, 2);
    SC_TRY(sc_need_dense(&bias, dtype));
    conv->bias = bias.data;
    bool fits = bias.rank == 1 && (size_t)bias.sizes[0] == conv->out.sizes[1];
    return fits ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_conv_read(const ScCall *c, uint32_t out_index, ScDtype dtype, ScConv *conv) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor weight = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, out_index);
    if (in.rank != out.rank || in.rank != weight.rank) {
        return SC_E_SHAPE;
    }
    SC_TRY(view_images(&in, dtype, &conv->in));
    SC_TRY(view_images(&weight, dtype, &conv->weight));
    SC_TRY(view_images(&out, dtype, &conv->out));
    conv->transposed = sc_arg_bool(c, 6);
    conv->contiguous =
        sc_is_contiguous(&in) && sc_is_contiguous(&weight) && sc_is_contiguous(&out);
    SC_TRY(channels_check(conv, sc_arg_int(c, 8)));
    SC_TRY(window_read(c, conv, 0, in.rank, &conv->h));
    SC_TRY(window_read(c, conv, 1, in.rank, &conv->w));
    return bias_read(c, dtype, conv);
}
