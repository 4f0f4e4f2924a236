/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels whose output takes every element from some place of the input, axis
 * by axis: reflection_pad1d/2d/3d, replication_pad1d/2d/3d, roll, nearest upsampling.
 * Any dtype ('*'). (constant_pad_nd is in slice.c.)
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

enum { MAX_MAPPED = 3 };

/* How an axis maps an output index to an input index. */
typedef struct AxisMap {
    int64_t (*fn)(const struct AxisMap *map, int64_t o);
    int64_t in;    /* input size */
    int64_t shift; /* pad before, or how far to roll */
    float scale;   /* nearest: input steps an output step */
} AxisMap;

/* The edge isn't repeated: -1 is 1. Pads are below the size. */
static int64_t at_reflected(const AxisMap *map, int64_t o) {
    int64_t i = o - map->shift;
    i = i < 0 ? -i : i;
    return i >= map->in ? 2 * (map->in - 1) - i : i;
}

static int64_t at_replicated(const AxisMap *map, int64_t o) {
    int64_t i = o - map->shift;
    return i < 0 ? 0 : i >= map->in ? map->in - 1 : i;
}

static int64_t at_rolled(const AxisMap *map, int64_t o) {
    int64_t i = o - map->shift;
    return i < 0 ? i + map->in : i;
}

static int64_t at_nearest(const AxisMap *map, int64_t o) {
    int64_t i = (int64_t)((float)o * map->scale);
    return i >= map->in ? map->in - 1 : i;
}

/* One slice a position of the mapped axes first..rank-1, of which there are n. */
static ScStatus mapped_copy(const ScView *to, const ScView *from, const uint32_t *axes,
                            const AxisMap *maps, uint32_t n) {
    size_t at[MAX_MAPPED] = {0};
    if (sc_view_numel(to) == 0) {
        return SC_OK;
    }
    for (;;) {
        ScView a = *to, b = *from;
        for (uint32_t i = 0; i < n; i++) {
            size_t place = (size_t)maps[i].fn(&maps[i], (int64_t)at[i]);
            sc_view_slice(&a, axes[i], at[i], 1, 1);
            sc_view_slice(&b, axes[i], place, 1, 1);
        }
        SC_TRY(sc_view_copy(&a, &b));
        uint32_t i = n;
        while (i > 0 && ++at[i - 1] == to->sizes[axes[i - 1]]) {
            at[--i] = 0;
        }
        if (i == 0) {
            return SC_OK;
        }
    }
}

static ScStatus views_of(const ScTensor *in, const ScTensor *out, ScView *out_from,
                         ScView *out_to) {
    SC_TRY(sc_view(in, out_from));
    SC_TRY(sc_view(out, out_to));
    if (!sc_same_dtype(in, out)) {
        return SC_E_UNSUPPORTED;
    }
    return in->rank == out->rank ? SC_OK : SC_E_SHAPE;
}

/* ---- padding ---------------------------------------------------------------------- */

/* pad: (low, high) of the last axis first; n_axes of them. */
static ScStatus pad_run(const ScCall *c, uint32_t n_axes, bool reflects) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    AxisMap maps[MAX_MAPPED];
    uint32_t axes[MAX_MAPPED];
    ScView from, to;
    SC_TRY(views_of(&in, &out, &from, &to));
    if (from.rank < n_axes || sc_arg_count(c, 1) != 2 * n_axes) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < n_axes; i++) {
        uint32_t d = from.rank - 1 - i;
        int64_t low = sc_arg_int_at(c, 1, 2 * i), high = sc_arg_int_at(c, 1, 2 * i + 1);
        int64_t n = (int64_t)from.sizes[d];
        int64_t limit = reflects ? n - 1 : INT32_MAX;
        /* negative pads crop */
        if (n == 0 || low < -n || high < -n || low > limit || high > limit ||
            n + low + high != (int64_t)to.sizes[d]) {
            return SC_E_SHAPE;
        }
        uint32_t at = n_axes - 1 - i;
        axes[at] = d;
        maps[at] = (AxisMap){reflects ? at_reflected : at_replicated, n, low, 0.0f};
    }
    for (uint32_t d = 0; d + n_axes < from.rank; d++) {
        if (from.sizes[d] != to.sizes[d]) {
            return SC_E_SHAPE;
        }
    }
    return mapped_copy(&to, &from, axes, maps, n_axes);
}

ScStatus sc_aten_reflection_pad1d_out_x(ScCall *c) {
    return pad_run(c, 1, true);
}

ScStatus sc_aten_reflection_pad2d_out_x(ScCall *c) {
    return pad_run(c, 2, true);
}

ScStatus sc_aten_reflection_pad3d_out_x(ScCall *c) {
    return pad_run(c, 3, true);
}

ScStatus sc_aten_replication_pad1d_out_x(ScCall *c) {
    return pad_run(c, 1, false);
}

ScStatus sc_aten_replication_pad2d_out_x(ScCall *c) {
    return pad_run(c, 2, false);
}

ScStatus sc_aten_replication_pad3d_out_x(ScCall *c) {
    return pad_run(c, 3, false);
}

/* ---- roll ---------------------------------------------------------------------------- */

static size_t roll_shift(int64_t shift, size_t size) {
    int64_t n = (int64_t)size;
    int64_t rest = shift % n;
    return (size_t)(rest < 0 ? rest + n : rest);
}

/* Moves the two parts of an axis; both views have the same sizes. */
static ScStatus axis_roll(const ScView *to, const ScView *from, uint32_t axis,
                          size_t shift) {
    size_t n = to->sizes[axis];
    ScView head = *to, tail = *to, low = *from, high = *from;
    sc_view_slice(&tail, axis, shift, n - shift, 1);
    sc_view_slice(&low, axis, 0, n - shift, 1);
    SC_TRY(sc_view_copy(&tail, &low));
    sc_view_slice(&head, axis, 0, shift, 1);
    sc_view_slice(&high, axis, n - shift, shift, 1);
    return sc_view_copy(&head, &high);
}

/* One or two axes, or the flattened contiguous tensor when no axis is given. */
ScStatus sc_aten_roll_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3);
    uint32_t n = sc_arg_count(c, 1), n_axes = sc_arg_count(c, 2);
    AxisMap maps[2];
    uint32_t axes[2] = {0, 0};
    ScView from, to;
    SC_TRY(views_of(&in, &out, &from, &to));
    if (!sc_view_same_sizes(&from, &to)) {
        return SC_E_SHAPE;
    }
    if (sc_view_numel(&to) == 0) {
        return SC_OK;
    }
    if (n == 1 && n_axes == 0) {
        if (!sc_is_contiguous(&in) || !sc_is_contiguous(&out)) {
            return SC_E_UNSUPPORTED;
        }
        size_t numel = sc_view_numel(&to);
        ScView flat_to = to, flat_from = from;
        flat_to.rank = flat_from.rank = 1;
        flat_to.sizes[0] = flat_from.sizes[0] = numel;
        flat_to.strides[0] = flat_from.strides[0] = 1;
        return axis_roll(&flat_to, &flat_from, 0,
                         roll_shift(sc_arg_int_at(c, 1, 0), numel));
    }
    if (n != n_axes || n > 2) {
        return n > 2 ? SC_E_UNSUPPORTED : SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < n; i++) {
        SC_TRY(sc_axis(sc_arg_int_at(c, 2, i), from.rank, &axes[i]));
        if (axes[i] >= from.rank) {
            return SC_E_SHAPE;
        }
        size_t size = from.sizes[axes[i]];
        maps[i] = (AxisMap){at_rolled, (int64_t)size,
                            (int64_t)roll_shift(sc_arg_int_at(c, 1, i), size), 0.0f};
    }
    if (n == 0) {
        return sc_view_copy(&to, &from);
    }
    if (n == 1) {
        return axis_roll(&to, &from, axes[0], (size_t)maps[0].shift);
    }
    if (axes[0] == axes[1]) {
        return SC_E_SHAPE;
    }
    return mapped_copy(&to, &from, axes, maps, 2);
}

/* ---- nearest upsampling
 * ------------------------------------------------------------------ */

/* (input, output_size?, scale_factors?, out): sizes are those of out; a scale
 * factor that is given is used as such, as torch does. */
ScStatus sc_aten_upsample_nearest2d_vec_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3);
    AxisMap maps[2];
    ScView from, to;
    SC_TRY(views_of(&in, &out, &from, &to));
    if (from.rank != 4 || from.sizes[0] != to.sizes[0] || from.sizes[1] != to.sizes[1] ||
        from.sizes[2] == 0 || from.sizes[3] == 0) {
        return SC_E_SHAPE;
    }
    bool factors = sc_arg_count(c, 2) == 2;
    for (uint32_t i = 0; i < 2; i++) {
        float scale = (float)from.sizes[2 + i] / (float)to.sizes[2 + i];
        double factor = factors ? sc_arg_double_at(c, 2, i) : 0.0;
        if (factor > 0.0) {
            scale = (float)(1.0 / factor);
        }
        if (!(scale >= 0.0f && scale < 65536.0f)) {
            return to.sizes[2 + i] == 0 ? SC_OK : SC_E_SHAPE;
        }
        maps[i] = (AxisMap){at_nearest, (int64_t)from.sizes[2 + i], 0, scale};
    }
    const uint32_t axes[2] = {2, 3};
    return mapped_copy(&to, &from, axes, maps, 2);
}
