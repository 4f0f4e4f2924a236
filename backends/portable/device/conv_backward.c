/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::convolution_backward.out in float32: the gradients of a 2-d convolution, not
 * transposed, any layout. output_mask says which of grad_input, grad_weight, grad_bias
 * are wanted; the others aren't touched.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "backends/portable/device/window.h"

typedef struct Backward {
    ScView grad, in, weight; /* given */
    ScView grad_in, grad_weight;
    float *grad_bias;
    bool wants_in, wants_weight;
    ScWindow h, w;
    size_t out_per_group, in_per_group;
} Backward;

static float *element(const ScView *v, size_t a, size_t b, size_t c, size_t d) {
    return (float *)(void *)v->data + (ptrdiff_t)a * v->strides[0] +
           (ptrdiff_t)b * v->strides[1] + (ptrdiff_t)c * v->strides[2] +
           (ptrdiff_t)d * v->strides[3];
}

static ScStatus images_read(const ScCall *c, uint32_t index, ScView *out_view) {
    ScTensor t = sc_arg_tensor(c, index);
    SC_TRY(sc_view(&t, out_view));
    if (t.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    return t.rank == 4 ? SC_OK : SC_E_UNSUPPORTED;
}

/* Arguments: 4 stride, 5 padding, 6 dilation. */
static ScStatus window_read(const ScCall *c, const Backward *b, uint32_t axis,
                            ScWindow *out_window) {
    *out_window =
        (ScWindow){(int64_t)b->in.sizes[2 + axis],     (int64_t)b->grad.sizes[2 + axis],
                   (int64_t)b->weight.sizes[2 + axis], sc_window_item(c, 4, axis, 1),
                   sc_window_item(c, 5, axis, 0),      sc_window_item(c, 6, axis, 1)};
    return sc_window_check(out_window, false);
}

static ScStatus channels_check(Backward *b, int64_t groups) {
    size_t in = b->in.sizes[1], out = b->grad.sizes[1];
    if (groups < 1 || groups > SC_WINDOW_MAX || b->in.sizes[0] != b->grad.sizes[0]) {
        return SC_E_SHAPE;
    }
    size_t n = (size_t)groups;
    b->in_per_group = in / n;
    b->out_per_group = out / n;
    bool fits = in % n == 0 && out % n == 0 && b->weight.sizes[0] == out &&
                b->weight.sizes[1] == b->in_per_group;
    return fits ? SC_OK : SC_E_SHAPE;
}

static void view_clear(const ScView *v) {
    size_t n = sc_view_numel(v);
    for (size_t i = 0; i < n; i++) { /* dense in every layout */
        ((float *)(void *)v->data)[i] = 0.0f;
    }
}

/* output_mask: argument 10; the outputs 11, 12, 13. */
static ScStatus outputs_read(const ScCall *c, Backward *b) {
    ScTensor bias = sc_arg_tensor(c, 13);
    b->wants_in = sc_arg_bool_at(c, 10, 0);
    b->wants_weight = sc_arg_bool_at(c, 10, 1);
    b->grad_bias = 0;
    if (sc_arg_count(c, 10) != 3) {
        return SC_E_SHAPE;
    }
    if (b->wants_in) {
        SC_TRY(images_read(c, 11, &b->grad_in));
        if (!sc_view_same_sizes(&b->grad_in, &b->in)) {
            return SC_E_SHAPE;
        }
        view_clear(&b->grad_in);
    }
    if (b->wants_weight) {
        SC_TRY(images_read(c, 12, &b->grad_weight));
        if (!sc_view_same_sizes(&b->grad_weight, &b->weight)) {
            return SC_E_SHAPE;
        }
        view_clear(&b->grad_weight);
    }
    if (sc_arg_bool_at(c, 10, 2)) {
        SC_TRY(sc_need_dense(&bias, SC_F32));
        b->grad_bias = bias.data;
        return sc_tensor_numel(&bias) == b->grad.sizes[1] ? SC_OK : SC_E_SHAPE;
    }
    return SC_OK;
}

/* One weight: what its products add to both gradients, in one image. */
static void tap_run(const Backward *b, size_t n, size_t oc, size_t i, int64_t kh,
                    int64_t kw) {
    size_t ic = oc / b->out_per_group * b->in_per_group + i;
    int64_t y, y_end, x_first, x_end;
    float weight = *element(&b->weight, oc, i, (size_t)kh, (size_t)kw), sum = 0.0f;
    sc_window_span(&b->h, kh, &y, &y_end);
    sc_window_span(&b->w, kw, &x_first, &x_end);
    for (; y < y_end; y++) {
        size_t iy = (size_t)(y * b->h.stride - b->h.pad + kh * b->h.dilation);
        for (int64_t x = x_first; x < x_end; x++) {
            size_t ix = (size_t)(x * b->w.stride - b->w.pad + kw * b->w.dilation);
            float grad = *element(&b->grad, n, oc, (size_t)y, (size_t)x);
            if (b->wants_in) {
                *element(&b->grad_in, n, ic, iy, ix) += grad * weight;
            }
            sum += grad * *element(&b->in, n, ic, iy, ix);
        }
    }
    if (b->wants_weight) {
        *element(&b->grad_weight, oc, i, (size_t)kh, (size_t)kw) += sum;
    }
}

static float plane_sum(const Backward *b, size_t n, size_t oc) {
    float sum = 0.0f;
    for (size_t y = 0; y < b->grad.sizes[2]; y++) {
        for (size_t x = 0; x < b->grad.sizes[3]; x++) {
            sum += *element(&b->grad, n, oc, y, x);
        }
    }
    return sum;
}

static void channel_run(const Backward *b, size_t n, size_t oc) {
    if (b->grad_bias) {
        b->grad_bias[oc] = (n ? b->grad_bias[oc] : 0.0f) + plane_sum(b, n, oc);
    }
    for (size_t i = 0; i < b->in_per_group; i++) {
        for (int64_t kh = 0; kh < b->h.kernel; kh++) {
            for (int64_t kw = 0; kw < b->w.kernel; kw++) {
                tap_run(b, n, oc, i, kh, kw);
            }
        }
    }
}

/* (grad_output, input, weight, bias_sizes?, stride, padding, dilation, transposed,
 * output_padding, groups, output_mask, grad_input, grad_weight, grad_bias) */
ScStatus sc_aten_convolution_backward_out_f(ScCall *c) {
    Backward b;
    if (sc_arg_bool(c, 7)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(images_read(c, 0, &b.grad));
    SC_TRY(images_read(c, 1, &b.in));
    SC_TRY(images_read(c, 2, &b.weight));
    SC_TRY(channels_check(&b, sc_arg_int(c, 9)));
    SC_TRY(window_read(c, &b, 0, &b.h));
    SC_TRY(window_read(c, &b, 1, &b.w));
    SC_TRY(outputs_read(c, &b));
    for (size_t n = 0; n < b.grad.sizes[0]; n++) {
        for (size_t oc = 0; oc < b.grad.sizes[1]; oc++) {
            channel_run(&b, n, oc);
        }
    }
    return SC_OK;
}
