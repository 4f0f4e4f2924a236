/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distances between rows of float32 matrices in the p-norm: aten::_cdist_forward.out,
 * of every row of x1 [...,P,M] to every row of x2 [...,R,M], axes in front broadcast;
 * aten::_pdist_forward.out, of the rows of one matrix [N,M], pairs (i,j), i < j.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "runtime/math.h"

/* A NaN in the rows stays one under every norm but 0, where it counts as unequal. */
static float row_distance(const float *a, ptrdiff_t a_step, const float *b,
                          ptrdiff_t b_step, size_t n, float p) {
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++) {
        float d = sc_fabsf(a[(ptrdiff_t)i * a_step] - b[(ptrdiff_t)i * b_step]);
        if (p == 0.0f) {
            sum += d != 0.0f ? 1.0f : 0.0f;
        } else if (p == 1.0f) {
            sum += d;
        } else if (p == 2.0f) {
            sum += d * d;
        } else if (p == __builtin_inff()) {
            sum = d > sum || d != d ? d : sum;
        } else {
            sum += sc_powf(d, p);
        }
    }
    if (p == 2.0f) {
        return sc_sqrtf(sum);
    }
    bool plain = p == 0.0f || p == 1.0f || p == __builtin_inff();
    return plain ? sum : sc_powf(sum, 1.0f / p);
}

static float *floats(const ScView *v) {
    return (float *)(void *)v->data;
}

/* Stretches the axes in front of the last two to those of `out`. */
static ScStatus batch_expand(ScView *v, const ScView *out) {
    size_t sizes[SC_MAX_RANK];
    if (v->rank < 2 || v->rank > out->rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < out->rank; d++) {
        bool front = d + 2 < out->rank;
        sizes[d] = front ? out->sizes[d] : v->sizes[v->rank - (out->rank - d)];
    }
    return sc_view_expand(v, out->rank, sizes);
}

/* All distances between two matrices; the views' last two axes. */
static void matrices_run(const ScView *x1, const ScView *x2, const ScView *out, float p) {
    uint32_t r = out->rank - 2, m = out->rank - 1;
    for (size_t i = 0; i < out->sizes[r]; i++) {
        for (size_t j = 0; j < out->sizes[m]; j++) {
            floats(out)[(ptrdiff_t)i * out->strides[r] + (ptrdiff_t)j * out->strides[m]] =
                row_distance(floats(x1) + (ptrdiff_t)i * x1->strides[r], x1->strides[m],
                             floats(x2) + (ptrdiff_t)j * x2->strides[r], x2->strides[m],
                             x1->sizes[m], p);
        }
    }
}

static ScStatus norm_read(const ScCall *c, uint32_t index, float *out_p) {
    *out_p = (float)sc_arg_double(c, index);
    return *out_p >= 0.0f ? SC_OK : SC_E_SHAPE;
}

/* (x1, x2, p, compute_mode?, out) */
ScStatus sc_aten__cdist_forward_out_f(ScCall *c) {
    ScTensor t1 = sc_arg_tensor(c, 0), t2 = sc_arg_tensor(c, 1), o = sc_arg_tensor(c, 4);
    ScView x1, x2, out;
    float p;
    SC_TRY(sc_view(&t1, &x1));
    SC_TRY(sc_view(&t2, &x2));
    SC_TRY(sc_view(&o, &out));
    SC_TRY(norm_read(c, 2, &p));
    if (t1.dtype != SC_F32 || t2.dtype != SC_F32 || o.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    if (out.rank < 2) {
        return SC_E_SHAPE;
    }
    SC_TRY(batch_expand(&x1, &out));
    SC_TRY(batch_expand(&x2, &out));
    uint32_t r = out.rank - 2, m = out.rank - 1;
    if (x1.sizes[r] != out.sizes[r] || x2.sizes[r] != out.sizes[m] ||
        x1.sizes[m] != x2.sizes[m]) {
        return SC_E_SHAPE;
    }
    size_t n_matrices = 1;
    for (uint32_t d = 0; d < r; d++) {
        n_matrices *= out.sizes[d];
    }
    for (size_t b = 0; b < n_matrices; b++) {
        ScView a = x1, v = x2, y = out;
        size_t rest = b;
        for (uint32_t d = r; d-- > 0; rest /= out.sizes[d]) {
            size_t at = rest % out.sizes[d];
            sc_view_slice(&a, d, at, 1, 1);
            sc_view_slice(&v, d, at, 1, 1);
            sc_view_slice(&y, d, at, 1, 1);
        }
        matrices_run(&a, &v, &y, p);
    }
    return SC_OK;
}

/* (self, p, out) */
ScStatus sc_aten__pdist_forward_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    ScView x;
    float p;
    SC_TRY(sc_view(&in, &x));
    SC_TRY(sc_need_dense(&out, SC_F32));
    SC_TRY(norm_read(c, 1, &p));
    if (in.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    if (x.rank != 2 || out.rank != 1) {
        return SC_E_SHAPE;
    }
    uint64_t n = x.sizes[0];
    if ((uint64_t)out.sizes[0] != (n ? n * (n - 1) / 2 : 0)) {
        return SC_E_SHAPE;
    }
    float *to = out.data;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            *to++ = row_distance(floats(&x) + (ptrdiff_t)i * x.strides[0], x.strides[1],
                                 floats(&x) + (ptrdiff_t)j * x.strides[0], x.strides[1],
                                 x.sizes[1], p);
        }
    }
    return SC_OK;
}
