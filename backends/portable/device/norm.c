/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normalisations in float32, contiguous: aten::native_layer_norm.out,
 * aten::native_group_norm.out. Mean and variance are those of two passes, summed
 * in index order; out = (x - mean) * rstd * weight + bias. norm.h is here too.
 */
#include "backends/portable/device/norm.h"

#include "backends/portable/device/portable.h"

ScStatus sc_norm_floats(const ScCall *c, uint32_t index, size_t n, const float **out_data) {
    *out_data = 0;
    if (sc_arg_is_none(c, index)) {
        return SC_OK;
    }
    ScTensor t = sc_arg_tensor(c, index);
    SC_TRY(sc_need_dense(&t, SC_F32));
    *out_data = t.data;
    return sc_tensor_numel(&t) == n ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_norm_stats(const ScCall *c, uint32_t index, size_t n, float **out_data) {
    ScTensor t = sc_arg_tensor(c, index);
    size_t numel = sc_tensor_numel(&t);
    *out_data = 0;
    if (numel == 0) {
        return SC_OK;
    }
    SC_TRY(sc_need_dense(&t, SC_F32));
    *out_data = t.data;
    return numel == n ? SC_OK : SC_E_SHAPE;
}

/* ---- layer norm and group norm ----------------------------------------------- */

typedef struct Stats {
    float mean, rest; /* the mean is mean + rest: more digits than a float has */
    float rstd;
} Stats;

/* Sum of (x - centre) and of its square. Parts of 64 are summed first: the error
 * of one long float sum grows with n. */
static void sums_of(const float *x, size_t n, float centre, float *out_sum,
                    float *out_squares) {
    *out_sum = 0.0f;
    *out_squares = 0.0f;
    for (size_t first = 0; first < n; first += 64) {
        size_t end = n - first < 64 ? n : first + 64;
        float sum = 0.0f, squares = 0.0f;
        for (size_t i = first; i < end; i++) {
            float d = x[i] - centre;
            sum += d;
            squares += d * d;
        }
        *out_sum += sum;
        *out_squares += squares;
    }
}

static Stats stats_of(const float *x, size_t n, float eps) {
    Stats s;
    float sum, squares;
    sums_of(x, n, 0.0f, &sum, &squares);
    s.mean = sum / (float)n;
    sums_of(x, n, s.mean, &sum, &squares);
    s.rest = sum / (float)n;
    float var = squares / (float)n - s.rest * s.rest;
    s.rstd = 1.0f / sc_sqrtf(var + eps);
    return s;
}

static float unit_of(float x, const Stats *s) {
    return ((x - s->mean) - s->rest) * s->rstd;
}

static void stats_save(const Stats *s, size_t row, float *means, float *rstds) {
    if (means) {
        means[row] = s->mean + s->rest;
    }
    if (rstds) {
        rstds[row] = s->rstd;
    }
}

ScStatus sc_aten_native_layer_norm_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 5);
    uint32_t n_axes = sc_arg_count(c, 1);
    float eps = (float)sc_arg_double(c, 4);
    const float *weight, *bias;
    float *means, *rstds;
    size_t n = 1;
    SC_TRY(sc_need_dense(&in, SC_F32));
    SC_TRY(sc_need_dense(&out, SC_F32));
    if (n_axes < 1 || n_axes > in.rank || !sc_same_sizes(&in, &out)) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < n_axes; i++) {
        int32_t size = in.sizes[in.rank - n_axes + i];
        if (sc_arg_int_at(c, 1, i) != size) {
            return SC_E_SHAPE;
        }
        n *= (size_t)size;
    }
    size_t n_rows = n ? sc_tensor_numel(&in) / n : 0;
    SC_TRY(sc_norm_floats(c, 2, n, &weight));
    SC_TRY(sc_norm_floats(c, 3, n, &bias));
    SC_TRY(sc_norm_stats(c, 6, n_rows, &means));
    SC_TRY(sc_norm_stats(c, 7, n_rows, &rstds));
    for (size_t row = 0; row < n_rows; row++) {
        const float *x = (const float *)in.data + row * n;
        float *y = (float *)out.data + row * n;
        Stats stats = stats_of(x, n, eps);
        for (size_t i = 0; i < n; i++) {
            y[i] = unit_of(x[i], &stats) * (weight ? weight[i] : 1.0f) +
                   (bias ? bias[i] : 0.0f);
        }
        stats_save(&stats, row, means, rstds);
    }
    return SC_OK;
}

/* Group norm's geometry, from tensors; the arguments N, C, HxW must agree. */
typedef struct Groups {
    size_t n, n_channels, n_pixels, n_groups;
} Groups;

static ScStatus groups_read(const ScCall *c, const ScTensor *in, Groups *g) {
    int64_t n_groups = sc_arg_int(c, 6);
    if (in->rank < 2) {
        return SC_E_SHAPE;
    }
    g->n = (size_t)in->sizes[0];
    g->n_channels = (size_t)in->sizes[1];
    g->n_pixels = 1;
    for (uint32_t d = 2; d < in->rank; d++) {
        g->n_pixels *= (size_t)in->sizes[d];
    }
    if (n_groups < 1 || (uint64_t)n_groups > g->n_channels ||
        g->n_channels % (size_t)n_groups != 0) {
        return SC_E_SHAPE;
    }
    g->n_groups = (size_t)n_groups;
    bool agrees = (uint64_t)sc_arg_int(c, 3) == g->n &&
                  (uint64_t)sc_arg_int(c, 4) == g->n_channels &&
                  (uint64_t)sc_arg_int(c, 5) == g->n_pixels;
    return agrees ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_aten_native_group_norm_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 8);
    float eps = (float)sc_arg_double(c, 7);
    const float *weight, *bias;
    float *means, *rstds;
    Groups g;
    SC_TRY(sc_need_dense(&in, SC_F32));
    SC_TRY(sc_need_dense(&out, SC_F32));
    SC_TRY(groups_read(c, &in, &g));
    if (!sc_same_sizes(&in, &out)) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_norm_floats(c, 1, g.n_channels, &weight));
    SC_TRY(sc_norm_floats(c, 2, g.n_channels, &bias));
    SC_TRY(sc_norm_stats(c, 9, g.n * g.n_groups, &means));
    SC_TRY(sc_norm_stats(c, 10, g.n * g.n_groups, &rstds));
    size_t n_in_group = g.n_channels / g.n_groups * g.n_pixels;
    for (size_t row = 0; row < g.n * g.n_groups && n_in_group > 0; row++) {
        size_t first = row % g.n_groups * (g.n_channels / g.n_groups);
        const float *x = (const float *)in.data + row * n_in_group;
        float *y = (float *)out.data + row * n_in_group;
        Stats stats = stats_of(x, n_in_group, eps);
        for (size_t i = 0; i < n_in_group; i++) {
            size_t ch = first + i / g.n_pixels;
            y[i] = unit_of(x[i], &stats) * (weight ? weight[ch] : 1.0f) +
                   (bias ? bias[ch] : 0.0f);
        }
        stats_save(&stats, row, means, rstds);
    }
    return SC_OK;
}
