/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise operators in float32; the contract is in pointwise.h. */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/pointwise.h"

/* Elements converted at a time: 1 KB of stack. */
enum { CHUNK = 64 };

typedef struct Work {
    const ScTensor *out, *in;
    uint32_t n_in;
    ScRowF fn;
    const float *k;
} Work;

static bool is_direct(const ScTensor *t, ptrdiff_t step, size_t n) {
    return t->dtype == SC_F32 && (step == 1 || n == 1);
}

/* Elements [first, first + n) of a row, of which those operands that aren't
 * float32 with step 1 pass through a buffer. */
static void part_run(const Work *w, const ScLoop *loop, size_t first, size_t n) {
    float buffers[SC_POINTWISE_INPUTS + 1][CHUNK];
    const float *from[SC_POINTWISE_INPUTS];
    ptrdiff_t at = loop->at[0] + (ptrdiff_t)first * loop->inner[0];
    bool out_direct = is_direct(w->out, loop->inner[0], n);
    for (uint32_t i = 0; i < w->n_in; i++) {
        ptrdiff_t step = loop->inner[i + 1];
        ptrdiff_t start = loop->at[i + 1] + (ptrdiff_t)first * step;
        if (is_direct(&w->in[i], step, n)) {
            from[i] = (const float *)w->in[i].data + start;
        } else {
            sc_load_f32(buffers[i], w->in[i].data, w->in[i].dtype, start, step, n);
            from[i] = buffers[i];
        }
    }
    if (out_direct) {
        w->fn(w->k, n, from, (float *)w->out->data + at);
    } else {
        w->fn(w->k, n, from, buffers[SC_POINTWISE_INPUTS]);
        sc_store_f32(w->out->data, w->out->dtype, at, loop->inner[0],
                     buffers[SC_POINTWISE_INPUTS], n);
    }
}

static bool row_is_direct(const Work *w, const ScLoop *loop) {
    bool direct = is_direct(w->out, loop->inner[0], loop->n_inner);
    for (uint32_t i = 0; i < w->n_in; i++) {
        direct = direct && is_direct(&w->in[i], loop->inner[i + 1], loop->n_inner);
    }
    return direct;
}

ScStatus sc_pointwise_f(const ScTensor *out, const ScTensor *in, uint32_t n_in, ScRowF row,
                        const float *k) {
    Work work = {out, in, n_in, row, k};
    ScLoop loop;
    SC_TRY(sc_pointwise_begin(out, in, n_in, true, &loop));
    size_t step = row_is_direct(&work, &loop) ? loop.n_inner : CHUNK;
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i += step) {
            size_t left = loop.n_inner - i;
            part_run(&work, &loop, i, left < step ? left : step);
        }
    }
    return SC_OK;
}

ScStatus sc_map_f(const ScCall *c, uint32_t n_in, uint32_t out, ScRowF row,
                  const float *k) {
    ScTensor in[SC_POINTWISE_INPUTS];
    ScTensor to = sc_arg_tensor(c, out);
    for (uint32_t i = 0; i < n_in; i++) {
        in[i] = sc_arg_tensor(c, i);
    }
    return sc_pointwise_f(&to, in, n_in, row, k);
}
