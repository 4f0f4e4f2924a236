/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::_softmax.out and aten::_log_softmax.out along any axis, any layout, in
 * float32. exp(x - max) / sum; the sum in float32, in index order.
 */
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "runtime/math.h"

typedef struct Line {
    const float *in;
    float *out;
    ptrdiff_t in_step, out_step;
    size_t n;
} Line;

/* NaN when any element is. */
static float line_max(const Line *l) {
    float best = l->in[0];
    for (size_t i = 1; i < l->n; i++) {
        float x = l->in[(ptrdiff_t)i * l->in_step];
        best = x > best || x != x ? x : best;
    }
    return best;
}

static void line_softmax(const Line *l) {
    float top = line_max(l);
    float sum = 0.0f;
    for (size_t i = 0; i < l->n; i++) {
        float e = sc_expf(l->in[(ptrdiff_t)i * l->in_step] - top);
        l->out[(ptrdiff_t)i * l->out_step] = e;
        sum += e;
    }
    for (size_t i = 0; i < l->n; i++) {
        l->out[(ptrdiff_t)i * l->out_step] /= sum;
    }
}

static void line_log_softmax(const Line *l) {
    float top = line_max(l);
    float sum = 0.0f;
    for (size_t i = 0; i < l->n; i++) {
        sum += sc_expf(l->in[(ptrdiff_t)i * l->in_step] - top);
    }
    float log_sum = sc_logf(sum);
    for (size_t i = 0; i < l->n; i++) {
        l->out[(ptrdiff_t)i * l->out_step] =
            l->in[(ptrdiff_t)i * l->in_step] - top - log_sum;
    }
}

static ScStatus softmax_run(const ScCall *c, void (*fn)(const Line *line)) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 3);
    ScView from, to;
    uint32_t axis;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), in.rank, &axis));
    if (in.dtype != SC_F32 || out.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    if (!sc_view_same_sizes(&from, &to)) {
        return SC_E_SHAPE;
    }
    if (in.rank == 0) {
        sc_view_unsqueeze(&from, 0);
        sc_view_unsqueeze(&to, 0);
    }
    Line line = {0, 0, from.strides[axis], to.strides[axis], from.sizes[axis]};
    if (line.n == 0) {
        return SC_OK;
    }
    sc_view_select(&from, axis, 0);
    sc_view_select(&to, axis, 0);
    const ptrdiff_t *strides[2] = {to.strides, from.strides};
    ScLoop loop;
    sc_loop_init(&loop, to.rank, to.sizes, strides, 2);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            ptrdiff_t step = (ptrdiff_t)i;
            line.out = (float *)(void *)to.data + loop.at[0] + step * loop.inner[0];
            line.in = (const float *)(void *)from.data + loop.at[1] + step * loop.inner[1];
            fn(&line);
        }
    }
    return SC_OK;
}

ScStatus sc_aten__softmax_out_f(ScCall *c) {
    return softmax_run(c, line_softmax);
}

ScStatus sc_aten__log_softmax_out_f(ScCall *c) {
    return softmax_run(c, line_log_softmax);
}
