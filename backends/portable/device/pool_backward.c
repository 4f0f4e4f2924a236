/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::max_pool2d_with_indices_backward.grad_input in float32, any layout: every
 * gradient goes to the input that was the maximum; its index y * W + x is checked
 * (SC_E_RANGE). The window's geometry is in the indices already.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

static ScStatus images_read(const ScCall *c, uint32_t index, ScDtype dtype,
                            ScView *out_view) {
    ScTensor t = sc_arg_tensor(c, index);
    SC_TRY(sc_view(&t, out_view));
    if (t.dtype != dtype) {
        return SC_E_UNSUPPORTED;
    }
    if (t.rank == 3) {
        sc_view_unsqueeze(out_view, 0);
    }
    return out_view->rank == 4 ? SC_OK : SC_E_SHAPE;
}

static ptrdiff_t plane_at(const ScView *v, size_t n, size_t c) {
    return (ptrdiff_t)n * v->strides[0] + (ptrdiff_t)c * v->strides[1];
}

static ScStatus plane_run(const ScView *grad, const ScView *indices, const ScView *to,
                          size_t n, size_t c) {
    const float *from = (const float *)(void *)grad->data + plane_at(grad, n, c);
    const int64_t *where = (const int64_t *)(void *)indices->data + plane_at(indices, n, c);
    float *out = (float *)(void *)to->data + plane_at(to, n, c);
    int64_t h = (int64_t)to->sizes[2], w = (int64_t)to->sizes[3];
    for (size_t y = 0; y < grad->sizes[2]; y++) {
        for (size_t x = 0; x < grad->sizes[3]; x++) {
            int64_t at = where[(ptrdiff_t)y * indices->strides[2] +
                               (ptrdiff_t)x * indices->strides[3]];
            if (at < 0 || at >= h * w) {
                return SC_E_RANGE;
            }
            out[(ptrdiff_t)(at / w) * to->strides[2] +
                (ptrdiff_t)(at % w) * to->strides[3]] +=
                from[(ptrdiff_t)y * grad->strides[2] + (ptrdiff_t)x * grad->strides[3]];
        }
    }
    return SC_OK;
}

/* (grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices,
 * grad_input) */
ScStatus sc_aten_max_pool2d_with_indices_backward_grad_input_f(ScCall *c) {
    ScView grad, self, indices, to;
    SC_TRY(images_read(c, 0, SC_F32, &grad));
    SC_TRY(images_read(c, 1, SC_F32, &self));
    SC_TRY(images_read(c, 7, SC_I64, &indices));
    SC_TRY(images_read(c, 8, SC_F32, &to));
    bool fits = sc_view_same_sizes(&grad, &indices) && sc_view_same_sizes(&self, &to) &&
                grad.sizes[0] == to.sizes[0] && grad.sizes[1] == to.sizes[1];
    if (!fits) {
        return SC_E_SHAPE;
    }
    size_t numel = sc_view_numel(&to);
    for (size_t i = 0; i < numel; i++) { /* dense in every layout */
        ((float *)(void *)to.data)[i] = 0.0f;
    }
    for (size_t n = 0; n < to.sizes[0]; n++) {
        for (size_t ch = 0; ch < to.sizes[1]; ch++) {
            SC_TRY(plane_run(&grad, &indices, &to, n, ch));
        }
    }
    return SC_OK;
}
