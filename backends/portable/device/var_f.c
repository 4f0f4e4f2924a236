/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variance over axes in float32, by two passes: aten::var.correction_out,
 * aten::var.out, aten::var_mean.correction_out. The sum of squares is divided
 * by n - correction, or by 0 where that is negative, as torch does.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/reduce.h"

enum { CHUNK = 64 };

/* Sum of (x - centre), or of its square, over what folds into one output. */
static float fold_sum(const ScReduce *r, ScLoop *folded, ptrdiff_t at, float centre,
                      bool squares) {
    float total = 0.0f;
    sc_loop_rewind(folded);
    while (sc_loop_next(folded)) {
        for (size_t first = 0; first < folded->n_inner; first += CHUNK) {
            float x[CHUNK], part = 0.0f;
            size_t n = folded->n_inner - first;
            n = n < CHUNK ? n : CHUNK;
            sc_load_f32(x, r->in.data, r->in.dtype,
                        at + folded->at[0] + (ptrdiff_t)first * folded->inner[0],
                        folded->inner[0], n);
            for (size_t i = 0; i < n; i++) {
                float d = x[i] - centre;
                part += squares ? d * d : d;
            }
            total += part;
        }
    }
    return total;
}

/* means: a tensor like r->out, or NULL. */
static ScStatus var_run(const ScReduce *r, const ScTensor *means, float correction) {
    ScLoop outputs, folded;
    float n = (float)sc_reduce_count(r);
    float divisor = n > correction ? n - correction : 0.0f;
    SC_TRY(sc_reduce_begin(r, &outputs, &folded));
    if (r->in.dtype != SC_F32 || r->out.dtype != SC_F32 ||
        (means && means->dtype != SC_F32)) {
        return SC_E_UNSUPPORTED;
    }
    while (sc_loop_next(&outputs)) {
        for (size_t i = 0; i < outputs.n_inner; i++) {
            ptrdiff_t to = outputs.at[0] + (ptrdiff_t)i * outputs.inner[0];
            ptrdiff_t from = outputs.at[1] + (ptrdiff_t)i * outputs.inner[1];
            float mean = fold_sum(r, &folded, from, 0.0f, false) / n;
            mean += fold_sum(r, &folded, from, mean, false) / n;
            ((float *)r->out.data)[to] = fold_sum(r, &folded, from, mean, true) / divisor;
            if (means) {
                ((float *)means->data)[to] = mean;
            }
        }
    }
    return SC_OK;
}

/* (self, dim?, correction?, keepdim, out...) */
static ScStatus corrected_read(const ScCall *c, ScReduce *r, float *out_correction) {
    r->in = sc_arg_tensor(c, 0);
    r->out = sc_arg_tensor(c, 4);
    r->keepdim = sc_arg_bool(c, 3);
    *out_correction = sc_arg_is_none(c, 2) ? 1.0f : (float)sc_arg_scalar(c, 2).d;
    return sc_reduce_axes(c, 1, r->in.rank, &r->axes);
}

ScStatus sc_aten_var_correction_out_f(ScCall *c) {
    ScReduce r;
    float correction;
    SC_TRY(corrected_read(c, &r, &correction));
    return var_run(&r, 0, correction);
}

ScStatus sc_aten_var_mean_correction_out_f(ScCall *c) {
    ScTensor means = sc_arg_tensor(c, 5);
    ScReduce r;
    ScView checked;
    float correction;
    SC_TRY(corrected_read(c, &r, &correction));
    SC_TRY(sc_view(&means, &checked));
    return sc_same_layout(&means, &r.out) ? var_run(&r, &means, correction) : SC_E_SHAPE;
}

/* (self, dim?, unbiased, keepdim, out) */
ScStatus sc_aten_var_out_f(ScCall *c) {
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 4), 0, sc_arg_bool(c, 3)};
    SC_TRY(sc_reduce_axes(c, 1, r.in.rank, &r.axes));
    return var_run(&r, 0, sc_arg_bool(c, 2) ? 1.0f : 0.0f);
}
